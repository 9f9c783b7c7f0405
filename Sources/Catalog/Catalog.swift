/// What the product knows, as records in the control database's schema `sluice`: connections, mappings, what users may do with them, and the
/// notes of what happens to them.
///
/// `CatalogStore` is the door to the tables, one extension a noun. `Connection` and `Mapping` are the records; `ExportFile` reads and writes the mapping configuration that
/// people import and export; the `NewJob` factories under `Jobs` name the jobs that the API enqueues and the cluster runs; `Journal` notes events,
/// notifications and administrative changes in the transaction in which they happen. Two modules extend the same store: `Accounts` (people, tokens,
/// sessions, sign-in) and `SyncJournal` (what the engine notes, and how people read it); the tables of both are made here. The module
/// keeps records and rules about records: it never calls Salesforce, never touches a target database, and never opens a credential
/// except on behalf of the caller that holds the sealing key.
import CCatalogMigrations
public import Postgres
@_exported public import SharedValues

/// The catalog's tables.
public struct CatalogStore: Sendable {
    /// The control database.
    public let pool: PostgresPool

    /// A store over the control database, which must be migrated.
    public init(pool: PostgresPool) {
        self.pool = pool
    }

    /// The tables of this module; they need the queue's.
    public static let migrations = [
        PostgresMigration(number: 2, name: "catalog", sql: V002_catalog()),
        PostgresMigration(number: 8, name: "access", sql: V008_access()),
        PostgresMigration(number: 9, name: "keys_and_variables", sql: V009_keys_and_variables()),
        PostgresMigration(number: 10, name: "salesforce session", sql: V010_salesforce_session()),
        PostgresMigration(number: 11, name: "reading", sql: V011_reading()),
        PostgresMigration(number: 12, name: "ownership_and_parking", sql: V012_ownership_and_parking()),
        PostgresMigration(number: 13, name: "roles_and_sign_in", sql: V013_roles_and_sign_in()),
        PostgresMigration(number: 14, name: "sign_ins", sql: V014_sign_ins()),
        PostgresMigration(number: 15, name: "contract", sql: V015_contract()),
        PostgresMigration(number: 18, name: "operations", sql: V018_operations()),
        PostgresMigration(number: 20, name: "writing", sql: V020_writing()),
        PostgresMigration(number: 21, name: "write_switches", sql: V021_write_switches()),
        PostgresMigration(number: 23, name: "reads", sql: V023_reads()),
        PostgresMigration(number: 26, name: "adoptions", sql: V026_adoptions()),
        PostgresMigration(number: 27, name: "streams", sql: V027_streams()),
        PostgresMigration(number: 28, name: "completeness", sql: V028_completeness()),
        PostgresMigration(number: 32, name: "ingests", sql: V032_ingests()),
        PostgresMigration(number: 33, name: "verification", sql: V033_verification()),
        PostgresMigration(number: 34, name: "pace", sql: V034_pace()),
        PostgresMigration(number: 35, name: "call_budgets", sql: V035_call_budgets()),
        PostgresMigration(number: 36, name: "activity_today", sql: V036_activity_today()),
        PostgresMigration(number: 40, name: "bulk_pace", sql: V040_bulk_pace()),
        PostgresMigration(number: 41, name: "told_transitions", sql: V041_told_transitions()),
        PostgresMigration(number: 42, name: "event_rows", sql: V042_event_rows()),
        PostgresMigration(number: 45, name: "reloads", sql: V045_reloads()),
        PostgresMigration(number: 46, name: "requests", sql: V046_requests()),
    ]
}
