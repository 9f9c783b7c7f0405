// The files of JobQueue/Migrations, each as a text.
// Embedded by the C compiler, since Swift Package Manager would make an array literal of them, which takes the Swift compiler
// a second for each 17,000 bytes or so.
#ifndef SLUICE_CQUEUEMIGRATIONS_H
#define SLUICE_CQUEUEMIGRATIONS_H

const char *_Nonnull V001_jobs(void);
const char *_Nonnull V003_planes_and_limits(void);
const char *_Nonnull V004_schedules(void);
const char *_Nonnull V005_views(void);
const char *_Nonnull V006_waiting(void);
const char *_Nonnull V007_retried(void);
const char *_Nonnull V017_asking(void);
const char *_Nonnull V019_process_versions(void);
const char *_Nonnull V031_workers_wanted(void);
const char *_Nonnull V043_cancelling(void);
const char *_Nonnull V044_begun(void);
const char *_Nonnull V047_unbegun(void);
const char *_Nonnull V048_sweeping(void);
const char *_Nonnull V049_leased(void);

#endif
