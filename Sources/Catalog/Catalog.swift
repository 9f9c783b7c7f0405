/// What the product knows, as records in the control database's schema `sluice`: connections, mappings, what users may do with them, and the
/// notes of what happens to them.
///
/// `CatalogStore` is the door to the tables, one extension a noun. `Connection` and `Mapping` are the records; `ExportFile` reads and writes the mapping configuration that
/// people import and export; the `NewJob` factories under `Jobs` name the jobs that the API enqueues and the cluster runs; `Journal` notes events,
/// notifications and administrative changes in the transaction in which they happen. Two modules extend the same store: `Accounts` (people, tokens,
/// sessions, sign-in) and `SyncJournal` (what the engine notes, and how people read it); the tables of both are made here. The module
/// keeps records and rules about records: it never calls Salesforce, never touches a target database, and never opens a credential
/// except on behalf of the caller that holds the sealing key.
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
        PostgresMigration(number: 2, name: "catalog", bytes: PackageResources.V002_catalog_sql),
        PostgresMigration(number: 8, name: "access", bytes: PackageResources.V008_access_sql),
        PostgresMigration(number: 9, name: "keys_and_variables", bytes: PackageResources.V009_keys_and_variables_sql),
        PostgresMigration(number: 10, name: "salesforce session", bytes: PackageResources.V010_salesforce_session_sql),
        PostgresMigration(number: 11, name: "reading", bytes: PackageResources.V011_reading_sql),
        PostgresMigration(number: 12, name: "ownership_and_parking", bytes: PackageResources.V012_ownership_and_parking_sql),
        PostgresMigration(number: 13, name: "roles_and_sign_in", bytes: PackageResources.V013_roles_and_sign_in_sql),
        PostgresMigration(number: 14, name: "sign_ins", bytes: PackageResources.V014_sign_ins_sql),
        PostgresMigration(number: 15, name: "contract", bytes: PackageResources.V015_contract_sql),
        PostgresMigration(number: 18, name: "operations", bytes: PackageResources.V018_operations_sql),
        PostgresMigration(number: 20, name: "writing", bytes: PackageResources.V020_writing_sql),
        PostgresMigration(number: 21, name: "write_switches", bytes: PackageResources.V021_write_switches_sql),
        PostgresMigration(number: 23, name: "reads", bytes: PackageResources.V023_reads_sql),
        PostgresMigration(number: 26, name: "adoptions", bytes: PackageResources.V026_adoptions_sql),
        PostgresMigration(number: 27, name: "streams", bytes: PackageResources.V027_streams_sql),
        PostgresMigration(number: 28, name: "completeness", bytes: PackageResources.V028_completeness_sql),
        PostgresMigration(number: 32, name: "ingests", bytes: PackageResources.V032_ingests_sql),
        PostgresMigration(number: 33, name: "verification", bytes: PackageResources.V033_verification_sql),
        PostgresMigration(number: 34, name: "pace", bytes: PackageResources.V034_pace_sql),
        PostgresMigration(number: 35, name: "call_budgets", bytes: PackageResources.V035_call_budgets_sql),
        PostgresMigration(number: 36, name: "activity_today", bytes: PackageResources.V036_activity_today_sql),
        PostgresMigration(number: 40, name: "bulk_pace", bytes: PackageResources.V040_bulk_pace_sql),
        PostgresMigration(number: 41, name: "told_transitions", bytes: PackageResources.V041_told_transitions_sql),
        PostgresMigration(number: 42, name: "event_rows", bytes: PackageResources.V042_event_rows_sql),
        PostgresMigration(number: 45, name: "reloads", bytes: PackageResources.V045_reloads_sql),
        PostgresMigration(number: 46, name: "requests", bytes: PackageResources.V046_requests_sql),
    ]
}
