public import Catalog
public import Foundation
public import Postgres

/// Who may read and write one mapped schema. It is recorded in the schema itself, in `_hcmeta.details`, since neither the name of a variable
/// nor the address of a database tells that two connections mean the same place, and another control database knows nothing of this one.
public struct SchemaOwnership: Sendable {
    /// The connection that wants to work on the schema, and the control database that it is recorded in.
    package let connection: Connection
    package let controlDatabase: UUID

    private var schema: String { connection.schemaName }
    private var meta: PostgresQuery { "\(identifier: schema, "_hcmeta")" }

    /// - Parameter controlDatabase: `CatalogStore.controlDatabaseID`.
    public init(connection: Connection, controlDatabase: UUID) {
        self.connection = connection
        self.controlDatabase = controlDatabase
    }

    /// What a schema says of its owner.
    package struct Owner: Codable, Sendable, Equatable {
        /// Ids in lower case, as Postgres prints them.
        package let controlDatabase: String
        package let connection: String
        package let name: String
        package let resourceName: String
        package var organizationID: String?

        package enum CodingKeys: String, CodingKey {
            case controlDatabase = "control_database"
            case connection, name
            case resourceName = "resource_name"
            case organizationID = "organization_id"
        }
    }

    /// Checks that the schema is this connection's, before anything in it is touched. One without an owner becomes this connection's.
    ///
    /// - Returns: whether there is a schema with metadata at all.
    /// - Throws: `MappedSchemaError` with code `.foreignSchema`; `PostgresError`.
    @discardableResult
    public func check(in session: PostgresSession) throws -> Bool {
        guard let recorded = try read(in: session) else { return false }
        let (details, organizationID) = recorded
        if let refusal = refusal(Self.owner(in: details), organizationID: organizationID) {
            throw MappedSchemaError(code: .foreignSchema, message: refusal)
        }
        if Self.owner(in: details) != owner || (organizationID ?? "").isEmpty && connection.organizationID != nil {
            try record(details: details, in: session)
        }
        return true
    }

    /// Whether the schema is another's. Nothing is recorded.
    ///
    /// - Throws: `PostgresError`.
    public func isForeign(in session: PostgresSession) throws -> Bool {
        guard let (details, organizationID) = try read(in: session) else { return false }
        return refusal(Self.owner(in: details), organizationID: organizationID) != nil
    }

    /// - Returns: nil where there is no metadata.
    private func read(in session: PostgresSession) throws -> (details: String?, organizationID: String?)? {
        guard try TargetMetadata.exists(schema: schema, table: "_hcmeta", in: session) else { return nil }
        let row = try session.query("SELECT org_id, details FROM \(fragment: meta) ORDER BY id LIMIT 1").first
        return (try row?.decodeIfPresent("details"), try row?.decodeIfPresent("org_id"))
    }

    /// Makes the schema this connection's, whoever had it.
    ///
    /// - Returns: how the owner until now was called, if there was one.
    /// - Throws: `MappedSchemaError` when the schema holds another org's records; `PostgresError`.
    public func takeOver(in session: PostgresSession) throws -> String? {
        guard try TargetMetadata.exists(schema: schema, table: "_hcmeta", in: session) else { return nil }
        let row = try session.query("SELECT org_id, details FROM \(fragment: meta) ORDER BY id LIMIT 1 FOR UPDATE").first
        let details = try row?.decodeIfPresent("details", as: String.self)
        let before = Self.owner(in: details)
        let recorded = try row?.decodeIfPresent("org_id", as: String.self)
        let organizationID = before?.organizationID ?? recorded
        if let organizationID, !isSameOrganization(organizationID) {
            throw MappedSchemaError(
                code: .foreignSchema,
                message:
                    "the schema \(schema) holds the records of the org \(organizationID), and the connection \(connection.name) is authorized for \(connection.organizationID ?? "no org yet"): a schema cannot change its org. Drop or rename it, or use another"
            )
        }
        try record(details: details, in: session)
        return before.map { "\($0.name) (\($0.resourceName)) of the control database \($0.controlDatabase)" }
    }

    // MARK: - The decision

    package var owner: Owner {
        Owner(
            controlDatabase: controlDatabase.uuidString.lowercased(), connection: connection.id.uuidString.lowercased(),
            name: connection.name, resourceName: connection.resourceName,
            organizationID: connection.organizationID)
    }

    /// Why this connection may not touch the schema; nil when it may.
    package func refusal(_ recorded: Owner?, organizationID: String?) -> String? {
        if let recorded, recorded.controlDatabase != owner.controlDatabase || recorded.connection != owner.connection {
            let place =
                recorded.controlDatabase == owner.controlDatabase
                ? "of this control database" : "of the control database \(recorded.controlDatabase)"
            return
                "the schema \(schema) belongs to the connection \(recorded.name) (\(recorded.resourceName), id \(recorded.connection)) \(place). Nothing was touched. To take it over, stop that connection and run: sluice connection takeover \(connection.resourceName)"
        }
        for organization in [recorded?.organizationID, organizationID].compactMap(\.self) where !isSameOrganization(organization) {
            return
                "the schema \(schema) holds the records of the org \(organization), and the connection \(connection.name) is authorized for the org \(connection.organizationID ?? "")\(recorded.map { ", as \($0.name)" } ?? ""). Nothing was touched. Authorize the connection for that org again, or give it another schema; a schema whose org is gone can be dropped or renamed"
        }
        return nil
    }

    /// Ids of 15 and of 18 characters are the same; an org that is not known yet contradicts nobody.
    private func isSameOrganization(_ id: String) -> Bool {
        guard let own = connection.organizationID, !own.isEmpty, !id.isEmpty else { return true }
        return own.prefix(15) == id.prefix(15)
    }

    // MARK: - The record

    private static let key = "sluice"

    package static func owner(in details: String?) -> Owner? {
        struct Details: Decodable {
            let sluice: Owner?
        }
        return details.flatMap { try? JSONDecoder().decode(Details.self, from: Data($0.utf8)) }?.sluice
    }

    /// Keeps what else is in the details: Heroku Connect's own, or a text that is no JSON object.
    private func record(details: String?, in session: PostgresSession) throws {
        let old = details.flatMap { $0.isEmpty ? nil : $0 }
        var object = old.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] } ?? [:]
        if let old, object.isEmpty, old != "{}" { object["details"] = old }
        object[Self.key] = try JSONSerialization.jsonObject(with: JSONEncoder().encode(owner))
        let text = String(
            decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
        let organizationID = connection.organizationID ?? ""
        let changed = try session.run(
            """
            UPDATE \(fragment: meta) SET details = \(text), org_id = coalesce(nullif(org_id, ''), \(organizationID))
            WHERE id = (SELECT min(id) FROM \(fragment: meta)) AND details IS NOT DISTINCT FROM \(details)
            """)
        guard changed == 0 else { return }
        guard try session.query("SELECT FROM \(fragment: meta) LIMIT 1").isEmpty else {
            throw MappedSchemaError(code: .inconsistent, message: "the owner of the schema \(schema) changed while it was looked at")
        }
        try session.run("INSERT INTO \(fragment: meta) (hcver, org_id, details) VALUES (1, \(organizationID), \(text))")
    }
}
