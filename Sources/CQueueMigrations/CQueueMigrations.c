#include "CQueueMigrations.h"

const char *V001_jobs(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V001_jobs.sql" suffix(, 0)
    };
    return text;
}

const char *V003_planes_and_limits(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V003_planes_and_limits.sql" suffix(, 0)
    };
    return text;
}

const char *V004_schedules(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V004_schedules.sql" suffix(, 0)
    };
    return text;
}

const char *V005_views(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V005_views.sql" suffix(, 0)
    };
    return text;
}

const char *V006_waiting(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V006_waiting.sql" suffix(, 0)
    };
    return text;
}

const char *V007_retried(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V007_retried.sql" suffix(, 0)
    };
    return text;
}

const char *V017_asking(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V017_asking.sql" suffix(, 0)
    };
    return text;
}

const char *V019_process_versions(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V019_process_versions.sql" suffix(, 0)
    };
    return text;
}

const char *V031_workers_wanted(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V031_workers_wanted.sql" suffix(, 0)
    };
    return text;
}

const char *V043_cancelling(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V043_cancelling.sql" suffix(, 0)
    };
    return text;
}

const char *V044_begun(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V044_begun.sql" suffix(, 0)
    };
    return text;
}

const char *V047_unbegun(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V047_unbegun.sql" suffix(, 0)
    };
    return text;
}

const char *V048_sweeping(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V048_sweeping.sql" suffix(, 0)
    };
    return text;
}

const char *V049_leased(void) {
    static const char text[] = {
#embed "../JobQueue/Migrations/V049_leased.sql" suffix(, 0)
    };
    return text;
}
