/// What triggers captured into the trigger log, on its way to Salesforce: read, marked, answered for, tried again, archived.
///
/// `Changes` are the log's rows as values and the decisions about them; `Log` reads and marks what waits (`TriggerLog`, whose tables `MappedSchema`
/// makes), `Results` records how changes ended in log and rows (`ResultRecorder`), `Failures` lists, groups and resolves those that failed, and `Upkeep`
/// counts, sets aside and archives. Nothing here talks to Salesforce or knows what a job is for.
enum LoggedChanges {}
