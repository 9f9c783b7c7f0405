// Sync: what changed in Salesforce goes to the mapped tables, and what every step of the engine works with.
//
// A step is a function that a job runs: `LoadStep`, `LoadPageStep`, `PollStep`. Each reads top to bottom, may be run twice without harm,
// saves a checkpoint before it waits, and commits rows only while its job's lease is held (`SyncScope`). What is read and does not end within one run
// is a machine (`ReadProgress`, driven by `ReadStep`), of which loads and large polls are settings (`ReadPurpose`). Rows are staged and merged
// (`StageTable`, `RowMerge`); a bulk result goes from Salesforce's socket into COPY on one thread, a page at a time, so memory does
// not grow with the table. What a mapped table looks like is `MappedSchema`'s business, writing to Salesforce `SyncWrite`'s, and answers to
// people `SyncInspection`'s. Nothing here knows of them, of processes or of the HTTP server.
