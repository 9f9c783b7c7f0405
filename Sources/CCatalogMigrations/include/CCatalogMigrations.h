// The files of Catalog/Migrations, each as a text.
// Embedded by the C compiler, since Swift Package Manager would make an array literal of them, which takes the Swift compiler
// a second for each 17,000 bytes or so.
#ifndef SLUICE_CCATALOGMIGRATIONS_H
#define SLUICE_CCATALOGMIGRATIONS_H

const char *_Nonnull V002_catalog(void);
const char *_Nonnull V008_access(void);
const char *_Nonnull V009_keys_and_variables(void);
const char *_Nonnull V010_salesforce_session(void);
const char *_Nonnull V011_reading(void);
const char *_Nonnull V012_ownership_and_parking(void);
const char *_Nonnull V013_roles_and_sign_in(void);
const char *_Nonnull V014_sign_ins(void);
const char *_Nonnull V015_contract(void);
const char *_Nonnull V018_operations(void);
const char *_Nonnull V020_writing(void);
const char *_Nonnull V021_write_switches(void);
const char *_Nonnull V023_reads(void);
const char *_Nonnull V026_adoptions(void);
const char *_Nonnull V027_streams(void);
const char *_Nonnull V028_completeness(void);
const char *_Nonnull V032_ingests(void);
const char *_Nonnull V033_verification(void);
const char *_Nonnull V034_pace(void);
const char *_Nonnull V035_call_budgets(void);
const char *_Nonnull V036_activity_today(void);
const char *_Nonnull V040_bulk_pace(void);
const char *_Nonnull V041_told_transitions(void);
const char *_Nonnull V042_event_rows(void);
const char *_Nonnull V045_reloads(void);
const char *_Nonnull V046_requests(void);

#endif
