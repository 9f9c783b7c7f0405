package import Catalog
package import SchemaInspection

/// What the facts of a mapped schema mean. A value without I/O; `MappedTableRules` and `TriggerLogRules` judge its parts.
package struct MappedSchemaRules: Sendable {
    static let schemaRule = DiagnosisRule("SCHEMA_MUST_BE_OURS", "Mapped Schema")
    static let hstoreRule = DiagnosisRule("EXTENSION_MUST_EXIST", "Extension hstore")
    static let metadataRule = DiagnosisRule("METADATA_MUST_EXIST", "Metadata Tables")
    static let rightsRule = DiagnosisRule("ROLE_MUST_HAVE_RIGHTS", "Rights of Sluice's Role")
    static let captureRule = DiagnosisRule("CAPTURE_MUST_BE_ON", "Capture of Changes")

    let facts: MappedSchemaFacts
    /// What the connection is called on the command line.
    let connection: String
    /// Whether there are mappings, so that something must be there.
    let isMapped: Bool
    let bounds: SchemaBounds

    package init(facts: MappedSchemaFacts, connection: String, isMapped: Bool, bounds: SchemaBounds = SchemaBounds()) {
        self.facts = facts
        self.connection = connection
        self.isMapped = isMapped
        self.bounds = bounds
    }

    /// Everything about the schema and its tables.
    ///
    /// - Parameter isWhole: whether the connection itself is looked at, or only a mapping of it.
    package func findings(isWhole: Bool) -> [Finding] {
        let tables =
            facts.foreignOwner == nil && facts.exists
            ? facts.tables.flatMap { MappedTableRules(facts: $0, schema: facts, bounds: bounds).findings } : []
        guard isWhole else { return tables }
        guard facts.exists else {
            return [
                hstore,
                isMapped
                    ? Self.schemaRule.error(
                        "The schema \(facts.schema) is not there",
                        remedy: "reload the connection's mappings, which makes it, or restore it from a backup")
                    : Self.schemaRule.skip("The schema \(facts.schema) is made with the first mapping"),
            ]
        }
        if let owner = facts.foreignOwner {
            return [
                hstore,
                Self.schemaRule.error(
                    "The schema \(facts.schema) belongs to \(owner)",
                    remedy: "give this connection another schema, or stop the other one and run: sluice connection takeover \(connection)"),
            ]
        }
        let log = facts.log.map { TriggerLogRules(facts: $0, schema: facts.schema, bounds: bounds).findings } ?? []
        return [hstore, Self.schemaRule.pass("The schema \(facts.schema) is this connection's"), metadata, rights, capture] + log + tables
    }

    private var hstore: Finding {
        if let place = facts.hstoreSchema { return Self.hstoreRule.pass("The extension hstore is in the schema \(place)") }
        if !isMapped, facts.hstoreIsAvailable, facts.mayMakeExtension {
            return Self.hstoreRule.skip("The extension hstore is made with the first mapping")
        }
        return Self.hstoreRule.error(
            "The database lacks the extension hstore, which the triggers and the trigger log need",
            remedy: facts.hstoreIsAvailable
                ? "run CREATE EXTENSION hstore WITH SCHEMA public as the database's owner"
                : "install the server's package of contributed extensions (postgresql-contrib), then run CREATE EXTENSION hstore WITH SCHEMA public"
        )
    }

    private var metadata: Finding {
        if facts.missingMetadata.isEmpty { return Self.metadataRule.pass("All metadata tables are there") }
        let names = facts.missingMetadata.joined(separator: ", ")
        guard isMapped else { return Self.metadataRule.skip("\(names) are made with the first mapping") }
        return Self.metadataRule.error(
            "The schema \(facts.schema) lacks \(names): changes are not captured, or cannot be written",
            remedy: "restore them from a backup, or reload a mapping, which makes them anew and empty")
    }

    private var rights: Finding {
        if facts.missingRights.isEmpty { return Self.rightsRule.pass("The role \(facts.role) has what it needs in the schema") }
        return Self.rightsRule.error(
            "The role \(facts.role) lacks \(facts.missingRights.joined(separator: ", "))", remedy: "grant it, as the owner of the database")
    }

    private var capture: Finding {
        if facts.captureSwitches.isEmpty { return Self.captureRule.pass("No role's or database's settings switch the capture off") }
        return Self.captureRule.error(
            "Settings keep changes from being captured: \(facts.captureSwitches.joined(separator: ", "))",
            remedy: "reset them with ALTER ROLE or ALTER DATABASE … RESET, and let those applications connect anew")
    }
}

/// From where on something counts as trouble. Heroku Connect's own bounds are not public; these are ours.
package struct SchemaBounds: Sendable {
    /// Ids of 32 bits end at 2,147,483,647; half of them is time enough to act.
    package var idWarning: Int64 = 1 << 30
    package var idError: Int64 = (1 << 31) - (1 << 27)
    /// Bytes of log and archive together.
    package var logBytes: Int64 = 4 << 30
    /// Changes that wait.
    package var waiting = 50_000
    /// Seconds for which the first of them has waited.
    package var waitingSeconds: Double = 15 * 60

    package init() {}
}
