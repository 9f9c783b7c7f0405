/// The mapped schema of a target database: what applications see there is Heroku Connect's, name by name (heroku-connect.md 2). `Tables` makes and
/// alters the tables and the metadata beside them, `Capture` the triggers and functions that fill the trigger log, `Staging` merges rows that were
/// read from Salesforce, and `Targets` holds the pools of connections. SQL on the schema has two more homes: `LoggedChanges`, which reads the
/// trigger log and records what became of changes, and `SchemaInspection`. Nothing here talks to Salesforce or knows what a job is for.
package enum MappedSchema {
    /// What applications listen to, and the scheduler: every row of the trigger log announces itself here.
    package static func notificationChannel(ofSchema schema: String) -> String { "\(schema).hc_trigger_log" }
}
