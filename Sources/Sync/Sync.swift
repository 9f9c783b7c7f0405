// Sync: the engine that keeps one mapped table and one sObject in step, both ways.
//
// A step is a function that a job runs: `LoadStep`, `LoadPageStep`, `PollStep`, `WriteStep`. Each reads top to bottom, may be run twice
// without harm, saves a checkpoint before it waits, and commits rows only while its job's lease is held. What is read and does not end within one run
// is a machine (`ReadProgress`, driven by `ReadStep`), of which loads and large polls are settings (`ReadPurpose`). Rows are staged and merged
// (`StageTable`, `RowMerge`); a bulk result goes from Salesforce's socket into COPY on one thread, a page at a time, so memory does
// not grow with the table. Writing takes changes from the trigger log, packs them (`WritePlan`), sends them and records every result.
// What a mapped table looks like is `MappedSchema`'s business. Nothing here knows of processes or of the HTTP server.
