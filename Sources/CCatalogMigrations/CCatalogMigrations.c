#include "CCatalogMigrations.h"

const char *V002_catalog(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V002_catalog.sql" suffix(, 0)
    };
    return text;
}

const char *V008_access(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V008_access.sql" suffix(, 0)
    };
    return text;
}

const char *V009_keys_and_variables(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V009_keys_and_variables.sql" suffix(, 0)
    };
    return text;
}

const char *V010_salesforce_session(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V010_salesforce_session.sql" suffix(, 0)
    };
    return text;
}

const char *V011_reading(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V011_reading.sql" suffix(, 0)
    };
    return text;
}

const char *V012_ownership_and_parking(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V012_ownership_and_parking.sql" suffix(, 0)
    };
    return text;
}

const char *V013_roles_and_sign_in(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V013_roles_and_sign_in.sql" suffix(, 0)
    };
    return text;
}

const char *V014_sign_ins(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V014_sign_ins.sql" suffix(, 0)
    };
    return text;
}

const char *V015_contract(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V015_contract.sql" suffix(, 0)
    };
    return text;
}

const char *V018_operations(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V018_operations.sql" suffix(, 0)
    };
    return text;
}

const char *V020_writing(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V020_writing.sql" suffix(, 0)
    };
    return text;
}

const char *V021_write_switches(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V021_write_switches.sql" suffix(, 0)
    };
    return text;
}

const char *V023_reads(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V023_reads.sql" suffix(, 0)
    };
    return text;
}

const char *V026_adoptions(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V026_adoptions.sql" suffix(, 0)
    };
    return text;
}

const char *V027_streams(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V027_streams.sql" suffix(, 0)
    };
    return text;
}

const char *V028_completeness(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V028_completeness.sql" suffix(, 0)
    };
    return text;
}

const char *V032_ingests(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V032_ingests.sql" suffix(, 0)
    };
    return text;
}

const char *V033_verification(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V033_verification.sql" suffix(, 0)
    };
    return text;
}

const char *V034_pace(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V034_pace.sql" suffix(, 0)
    };
    return text;
}

const char *V035_call_budgets(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V035_call_budgets.sql" suffix(, 0)
    };
    return text;
}

const char *V036_activity_today(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V036_activity_today.sql" suffix(, 0)
    };
    return text;
}

const char *V040_bulk_pace(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V040_bulk_pace.sql" suffix(, 0)
    };
    return text;
}

const char *V041_told_transitions(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V041_told_transitions.sql" suffix(, 0)
    };
    return text;
}

const char *V042_event_rows(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V042_event_rows.sql" suffix(, 0)
    };
    return text;
}

const char *V045_reloads(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V045_reloads.sql" suffix(, 0)
    };
    return text;
}

const char *V046_requests(void) {
    static const char text[] = {
#embed "../Catalog/Migrations/V046_requests.sql" suffix(, 0)
    };
    return text;
}
