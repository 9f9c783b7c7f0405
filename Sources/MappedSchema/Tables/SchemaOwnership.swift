public import Foundation
public import Postgres

/// Who may read and write one mapped schema. It is recorded in the schema itself, in `_hcmeta.details`, since neither the name of a variable
/// nor the address of a database tells that two connections mean the same place, and another control database knows nothing of this one.
public struct SchemaOwnership: Sendable {
    /// The schema's name.
    package let schema: String
    /// The connection that wants to work on it.
    package let owner: Owner

    private var meta: PostgresQuery { "\(identifier: schema, "_hcmeta")" }

    /// - Parameter owner: who wants to work on the schema.
    public init(schema: String, owner: Owner) {
        self.schema = schema
        self.owner = owner
    }

    /// What a schema says of its owner.
    public struct Owner: Codable, Sendable, Equatable {
        package let controlDatabase: String
        package let connection: String
        package let name: String
        package let resourceName: String
        package var organizationID: String?

        /// A connection as the record of an owner.
        ///
        /// - Parameters:
        ///   - controlDatabase: the id of the control database that the connection is recorded in.
        ///   - organizationID: the org that the connection is authorized for; nil before it is.
        public init(controlDatabase: UUID, connection: UUID, name: String, resourceName: String, organizationID: String?) {
            // In lower case, as Postgres prints them.
            self.controlDatabase = controlDatabase.uuidString.lowercased()
            self.connection = connection.uuidString.lowercased()
            self.name = name
            self.resourceName = resourceName
            self.organizationID = organizationID
        }

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
        if Self.owner(in: details) != owner || (organizationID ?? "").isEmpty && owner.organizationID != nil {
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

    /// What a schema says of itself, whoever asks.
    ///
    /// - Returns: nil where there is no metadata.
    /// - Throws: `PostgresError`.
    package static func recorded(of schema: String, in session: PostgresSession) throws -> (owner: Owner?, organizationID: String?)? {
        try read(schema, in: session).map { (owner(in: $0.details), $0.organizationID) }
    }

    private func read(in session: PostgresSession) throws -> (details: String?, organizationID: String?)? {
        try Self.read(schema, in: session)
    }

    private static func read(_ schema: String, in session: PostgresSession) throws -> (details: String?, organizationID: String?)? {
        guard try TargetMetadata.exists(schema: schema, table: "_hcmeta", in: session) else { return nil }
        let row = try session.query("SELECT org_id, details FROM \(identifier: schema, "_hcmeta") ORDER BY id LIMIT 1").first
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
                    "the schema \(schema) holds the records of the org \(organizationID), and the connection \(owner.name) is authorized for \(owner.organizationID ?? "no org yet"): a schema cannot change its org. Drop or rename it, or use another"
            )
        }
        try record(details: details, in: session)
        return before.map { "\($0.name) (\($0.resourceName)) of the control database \($0.controlDatabase)" }
    }

    /// Leaves the schema without an owner, so that another connection may take it; one that is another's is left alone.
    ///
    /// - Returns: whether it was this connection's.
    /// - Throws: `PostgresError`.
    package func release(in session: PostgresSession) throws -> Bool {
        guard let (details, _) = try read(in: session), let recorded = Self.owner(in: details), recorded.connection == owner.connection,
            recorded.controlDatabase == owner.controlDatabase
        else { return false }
        var object = details.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] } ?? [:]
        object[Self.key] = nil
        let text = String(
            decoding: try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
        try session.run("UPDATE \(fragment: meta) SET details = \(text) WHERE details IS NOT DISTINCT FROM \(details)")
        return true
    }

    // MARK: - The decision

    /// Why this connection may not touch the schema; nil when it may.
    package func refusal(_ recorded: Owner?, organizationID: String?) -> String? {
        if let recorded, recorded.controlDatabase != owner.controlDatabase || recorded.connection != owner.connection {
            let place =
                recorded.controlDatabase == owner.controlDatabase
                ? "of this control database" : "of the control database \(recorded.controlDatabase)"
            return
                "the schema \(schema) belongs to the connection \(recorded.name) (\(recorded.resourceName), id \(recorded.connection)) \(place). Nothing was touched. To take it over, stop that connection and run: sluice connection takeover \(owner.resourceName)"
        }
        for organization in [recorded?.organizationID, organizationID].compactMap(\.self) where !isSameOrganization(organization) {
            return
                "the schema \(schema) holds the records of the org \(organization), and the connection \(owner.name) is authorized for the org \(owner.organizationID ?? "")\(recorded.map { ", as \($0.name)" } ?? ""). Nothing was touched. Authorize the connection for that org again, or give it another schema; a schema whose org is gone can be dropped or renamed"
        }
        return nil
    }

    /// Ids of 15 and of 18 characters are the same; an org that is not known yet contradicts nobody.
    private func isSameOrganization(_ id: String) -> Bool {
        guard let own = owner.organizationID, !own.isEmpty, !id.isEmpty else { return true }
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
        let organizationID = owner.organizationID ?? ""
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
