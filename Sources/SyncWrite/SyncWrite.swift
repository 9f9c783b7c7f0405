// SyncWrite: what applications changed in mapped tables goes to Salesforce.
//
// `WriteStep` writes a connection, or one lane of it (`WriteLanes`). `WriteEngine` goes through the trigger log once a run: `WriteFlow` says what may
// be sent, `BatchPreparation` what of it concerns Salesforce, `WriteOutbox` packs it into calls, `WriteCall` and `IngestCall` send them, and
// `WriteRecord` records every result. `ResolveStep` does what people ask of changes that failed. Steps stand on what `Sync` gives
// to each of them (`SyncScope`); of reading, only records that are looked up by their ids come from there.
