import CLibpq
public import Redaction

/// Where and how to connect: a libpq connection string, checked once, and the time-outs of every session made from it.
public struct PostgresConfiguration: Sendable {
    /// The libpq connection string as given: a `postgres://` URL or `key=value` pairs. It may hold a password: never log it.
    @Redacted public private(set) var connectionString: String
    /// Host of the first server named in the connection string, for people to read.
    public let host: String
    /// Port as given, or 5432.
    public let port: Int
    /// Database name as given, or the user's name as libpq would choose.
    public let database: String
    /// Shown in `pg_stat_activity.application_name`.
    public var applicationName: String
    /// How long opening a connection may take.
    public var connectTimeout: Duration
    /// How long one statement may take unless the call names another limit.
    public var statementTimeout: Duration
    /// Settings applied with `SET` when a session opens, in this order.
    public var sessionSettings: [(name: String, value: String)]

    /// Reads a connection string.
    ///
    /// - Throws: `PostgresError` with code `.configuration` when libpq cannot read it; the message never repeats the string itself.
    public init(
        url: String,
        applicationName: String = "sluice",
        connectTimeout: Duration = .seconds(10),
        statementTimeout: Duration = .seconds(60),
        sessionSettings: [(name: String, value: String)] = []
    ) throws {
        let options = try Self.parse(url)
        try Self.refuseStrayPassword(url)
        // libpq looks at the port only when it connects; several hosts have a list of them.
        let ports = options["port"]?.split(separator: ",") ?? []
        guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else {
            throw PostgresError(code: .configuration, message: "the port of a Postgres URL is a number from 1 to 65535")
        }
        self.connectionString = url
        self.host = options["host"] ?? options["hostaddr"] ?? "localhost"
        self.port = ports.first.flatMap { Int($0) } ?? 5432
        self.database = options["dbname"] ?? options["user"] ?? ""
        self.applicationName = applicationName
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
        self.sessionSettings = sessionSettings
    }

    /// `host:port/database`: what a person may see.
    public var displayName: String { "\(host):\(port)/\(database)" }

    /// A password with a bare `@` or `/` in it would be taken for a part of the host's or the database's name, which people may see.
    private static func refuseStrayPassword(_ url: String) throws {
        guard let scheme = url.firstRange(of: "://"), ["postgres", "postgresql"].contains(url[..<scheme.lowerBound]) else { return }
        let rest = url[scheme.upperBound...]
        let authority = rest.prefix { $0 != "@" && $0 != "/" }
        let isUser = authority.endIndex < rest.endIndex && rest[authority.endIndex] == "@"
        let afterUser = isUser ? rest[rest.index(after: authority.endIndex)...] : rest
        guard !afterUser.prefix(while: { $0 != "?" }).contains("@") else {
            throw PostgresError(
                code: .configuration,
                message: "a user, password or database name in a Postgres URL has @ and / percent-encoded, as %40 and %2F")
        }
    }

    private static func parse(_ url: String) throws -> [String: String] {
        guard !url.isEmpty else {
            throw PostgresError(code: .configuration, message: "the connection string is empty")
        }
        var reason: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(url, &reason) else {
            defer { PQfreemem(reason) }
            // libpq's reason may quote the string, and with it a password.
            throw PostgresError(code: .configuration, message: "not a Postgres URL such as postgres://user:password@host:5432/database")
        }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0 {
                options[String(cString: keyword)] = String(cString: value)
            }
            option += 1
        }
        return options
    }
}
