/// A connection to be made.
public struct NewConnection: Sendable {
    /// Where its target database is.
    public enum Target: Sendable {
        /// In the environment variable of this name, on every process.
        case key(String)
        /// At this address, which is stored sealed.
        case url(String)
    }

    /// The app it belongs to.
    public let appName: String
    /// What people call it; nil names it after app, database and schema, as Heroku does.
    public let name: String?
    /// Where its target database is.
    public let target: Target
    /// The target schema.
    public let schemaName: String

    /// Describes a connection.
    ///
    /// - Throws: `CatalogError` with code `.invalid` naming the value and what was expected.
    public init(appName: String, name: String? = nil, target: Target, schemaName: String = "salesforce") throws {
        self.appName = try ConnectionRules.appName(appName)
        self.name = try name.map(ConnectionRules.name)
        self.schemaName = try ConnectionRules.schemaName(schemaName)
        if case .key(let key) = target { _ = try ConnectionRules.databaseVariable(key) }
        self.target = target
    }

    var defaultName: String {
        switch target {
        case .key(let key): "\(appName):\(key):\(schemaName)"
        case .url: "\(appName):\(schemaName)"
        }
    }
}

extension NewConnection.Target: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The variable's name; of an address, that it is one.
    public var description: String {
        switch self {
        case .key(let key): key
        case .url: "an address"
        }
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the address from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What names a connection may carry.
package enum ConnectionRules {
    /// The name of an app as it was given.
    ///
    /// - Throws: `CatalogError` with code `.invalid`.
    package static func appName(_ value: String) throws -> String {
        guard !value.isEmpty, value.count <= 100,
            value.utf8.allSatisfy({ isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") })
        else {
            throw CatalogError(
                code: .invalid, message: "app: expected a name of letters, digits, hyphens, dots and underscores, found \"\(value)\"")
        }
        return value
    }

    /// What a person calls something, as it was given.
    ///
    /// - Throws: `CatalogError` with code `.invalid`.
    package static func name(_ value: String) throws -> String {
        guard value.contains(where: { !$0.isWhitespace }), value.unicodeScalars.count <= 200,
            !value.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else {
            throw CatalogError(
                code: .invalid, message: "name: expected 1 to 200 characters without control characters, and not only spaces")
        }
        return value
    }

    static func schemaName(_ value: String) throws -> String {
        // Lower case, because applications name the schema without quotes; 63 bytes is Postgres' limit.
        guard let first = value.utf8.first, value.utf8.count <= 63, first < UInt8(ascii: "0") || first > UInt8(ascii: "9"),
            value.utf8.allSatisfy({ isWord($0) && !(UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }), !value.hasPrefix("pg_"),
            !["sluice", "sluice_staging", "information_schema"].contains(value)
        else {
            throw CatalogError(
                code: .invalid,
                message:
                    "schema_name: expected lower-case letters, digits and underscores, not starting with a digit or pg_, and none of information_schema, sluice and sluice_staging, found \"\(value)\""
            )
        }
        return value
    }

    static func dbKey(_ value: String) throws -> String {
        guard let first = value.utf8.first, value.utf8.count <= 200, first < UInt8(ascii: "0") || first > UInt8(ascii: "9"),
            value.utf8.allSatisfy(isWord)
        else {
            throw CatalogError(code: .invalid, message: "db_key: expected the name of an environment variable, found \"\(value)\"")
        }
        return value
    }

    /// A variable that an operator may hand to an app: none of those that configure Sluice itself.
    static func databaseVariable(_ value: String) throws -> String {
        let key = try dbKey(value)
        guard !["SLUICE_", "SALESFORCE_"].contains(where: key.uppercased().hasPrefix) else {
            throw CatalogError(
                code: .invalid,
                message: "db_key: expected a variable that holds the address of a database, found \(key), which configures Sluice")
        }
        return key
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
