// Cluster: the processes of Sluice, but for the HTTP server.
//
// `SchedulerService` decides what is due and enqueues it; of several schedulers one leads. `WorkerService` claims jobs and runs, for each
// kind, the step of `Sync`, `SyncWrite` or `SyncInspection` that `SyncHandlers` names. Both know each other only through Postgres, survive
// its absence, and stop on SIGTERM through the service group.
