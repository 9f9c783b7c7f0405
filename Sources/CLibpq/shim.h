#ifndef SLUICE_CLIBPQ_SHIM_H
#define SLUICE_CLIBPQ_SHIM_H

#include <libpq-fe.h>

/* PG_DIAG_* are character macros, which Swift does not import. */
static const int sluice_diag_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int sluice_diag_sqlstate = PG_DIAG_SQLSTATE;
static const int sluice_diag_message = PG_DIAG_MESSAGE_PRIMARY;
static const int sluice_diag_detail = PG_DIAG_MESSAGE_DETAIL;
static const int sluice_diag_hint = PG_DIAG_MESSAGE_HINT;
static const int sluice_diag_context = PG_DIAG_CONTEXT;
static const int sluice_diag_table = PG_DIAG_TABLE_NAME;
static const int sluice_diag_column = PG_DIAG_COLUMN_NAME;
static const int sluice_diag_constraint = PG_DIAG_CONSTRAINT_NAME;

#endif
