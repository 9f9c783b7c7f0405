import Catalog
import WebServer

/// What a client changes of a connection; what is not named, or null, stays as it is. Unknown keys are passed over, as Heroku Connect does.
struct ConnectionChange {
    let name: String?
    let schemaName: String?
    let dbKey: String?
    let features: [String: Bool]

    /// Reads a body.
    ///
    /// - Throws: `APIError` 400 naming the key and what was expected, also for what cannot be done here.
    init(_ body: JSONValue) throws {
        let fields = RequestFields(body)
        name = try fields.text("name")
        schemaName = try fields.text("schema_name")
        dbKey = try fields.text("db_key")
        features = try Self.features(body["features"])
        guard try fields.flag("logplex_log_enabled") != true else {
            throw APIError.badRequest(
                "logplex_log_enabled: expected false, since there is no Logplex outside Heroku; a log drain of the connection does the same"
            )
        }
    }

    private static func features(_ value: JSONValue?) throws -> [String: Bool] {
        guard let value, value != .null else { return [:] }
        guard let members = value.members else {
            throw APIError.badRequest("features: expected an object of switches, found \(value.kind)")
        }
        var switches: [String: Bool] = [:]
        for member in members {
            guard let position = member.value.boolean else {
                throw APIError.badRequest("features.\(member.key.prefix(80)): expected true or false, found \(member.value.kind)")
            }
            switches[member.key] = position
        }
        return switches
    }

    /// How a connection stands in what this changes, for the audit trail.
    func document(of connection: Connection) -> JSONValue {
        var members: [JSONValue.Member] = []
        if name != nil { members.append(.init("name", .string(connection.name))) }
        if schemaName != nil { members.append(.init("schema_name", .string(connection.schemaName))) }
        if dbKey != nil { members.append(.init("db_key", .optional(connection.dbKey))) }
        if !features.isEmpty {
            members.append(.init("features", .object(features.keys.sorted().map { .init($0, .bool(connection.features[$0])) })))
        }
        return .object(members)
    }
}
