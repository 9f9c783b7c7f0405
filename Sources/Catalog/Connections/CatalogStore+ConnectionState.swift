import ForeignText
public import Foundation
public import Postgres

extension CatalogStore {
    /// Moves a connection to a state.
    ///
    /// - Parameter from: the states it may be moved from; nil is any. Name them wherever a user may have paused it meanwhile.
    /// - Returns: whether it was moved.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func setConnectionState(
        _ id: UUID, _ state: ConnectionState, description: String? = nil, from: [ConnectionState]? = nil
    ) async throws -> Bool {
        try await pool.withSession { try Self.setConnectionState(id, state, description: description, from: from, in: $0) }
    }

    /// Moves a connection to a state, in the caller's transaction.
    ///
    /// - Returns: whether it was moved.
    /// - Throws: `PostgresError`.
    @discardableResult
    public static func setConnectionState(
        _ id: UUID, _ state: ConnectionState, description: String? = nil, from: [ConnectionState]? = nil, in session: PostgresSession
    ) throws -> Bool {
        try session.run(
            """
            UPDATE sluice.connections SET state = \(state.rawValue), state_description = \(description.map { String(foreign: $0) })
            WHERE id = \(id) AND (\(from?.map(\.rawValue))::text[] IS NULL OR state = ANY (\(from?.map(\.rawValue))::text[]))
            """) == 1
    }

    /// Ends a connection's sync until somebody restarts it, and raises a notification of it in the same transaction: whoever sees the state can see why.
    ///
    /// - Parameters:
    ///   - from: the states it may be moved from.
    ///   - eventType: the notification's.
    ///   - reason: what the state's description and the notification say.
    /// - Throws: `PostgresError`.
    public func endSync(
        of id: UUID, _ state: ConnectionState, from: [ConnectionState], eventType: String, reason: String
    ) async throws {
        try await pool.transaction { session in
            try Self.setConnectionState(id, state, description: reason, from: from, in: session)
            try Self.notify(id, eventType: eventType, message: reason, in: session)
        }
    }

    /// Notes that Salesforce does not accept a connection's credentials any more, and raises a notification of it, unless somebody authorized it anew since
    /// the record was read.
    ///
    /// - Returns: whether it was noted.
    /// - Throws: `PostgresError`.
    public func endAuthorization(of connection: Connection, description: String) async throws -> Bool {
        try await pool.transaction { session in
            let isNoted =
                try session.run(
                    """
                    UPDATE sluice.connections
                    SET state = \(ConnectionState.unauthorized.rawValue), state_description = \(String(foreign: description))
                    WHERE id = \(connection.id)
                      -- The record's moment was read with less than the database's precision.
                      AND coalesce(auth_updated_at < coalesce(\(connection.authUpdatedAt)::timestamptz, '-infinity') + interval '2 milliseconds', true)
                    """) == 1
            guard isNoted else { return false }
            let message = "Salesforce does not accept the connection's login: \(description)"
            try Self.notify(connection.id, eventType: "authorization", message: message, in: session)
            return true
        }
    }

    /// Says what keeps a connection's jobs, or with nil that nothing does, while it goes on in whatever state it is. A state in which it rests has
    /// a reason of its own, which stays.
    ///
    /// - Parameters:
    ///   - pause: how long until the next attempt; nil when there is none.
    ///   - eventType: of the notification that is raised of it as well; nil for none.
    /// - Returns: whether that notification is new.
    /// - Throws: `PostgresError`.
    @discardableResult
    public func describeConnection(
        _ id: UUID, _ problem: String?, attempt: Int = 1, of maxAttempts: Int = 1, pause: Duration? = nil, eventType: String? = nil
    ) async throws -> Bool {
        try await pool.transaction { session in
            let description = try Self.describe(id, problem, attempt: attempt, of: maxAttempts, pause: pause, in: session)
            guard let description, let eventType else { return false }
            return try Self.notify(id, eventType: eventType, message: description, in: session)
        }
    }

    /// - Returns: what it says now; nil when it rests or is gone.
    private static func describe(
        _ id: UUID, _ problem: String?, attempt: Int, of maxAttempts: Int, pause: Duration?, in session: PostgresSession
    ) throws -> String? {
        let problem = problem.map { String(foreign: $0, limit: String.foreignLimit - 200) }
        return try session.query(
            """
            UPDATE sluice.connections
            SET state_description = CASE WHEN \(pause)::interval IS NULL THEN \(problem)
                ELSE format('%s (attempt %s of %s failed, next try at %s)', \(problem)::text, \(attempt)::int, \(maxAttempts)::int,
                    to_char((sluice.clock() + \(pause)::interval) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) END
            WHERE id = \(id) AND state = ANY (\(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue))::text[])
            RETURNING state_description
            """
        ).first?.decodeIfPresent("state_description")
    }

    /// Keeps what a Salesforce login told, and lets the connection sync. Whatever was known of another session is forgotten, in the same
    /// transaction.
    ///
    /// - Throws: `PostgresError`, `CatalogError` with code `.notFound`.
    public func storeAuthorization(_ id: UUID, _ authorization: ConnectionAuthorization) async throws {
        try await pool.transaction { session in
            try Self.replaceSession(id, tokenSealed: authorization.sealedToken, in: session)
            let changed = try session.run(
                """
                UPDATE sluice.connections
                SET credentials_sealed = \(authorization.sealedCredentials), environment = \(authorization.environment),
                    login_url = \(authorization.loginURL), instance_url = \(authorization.instanceURL), username = \(authorization.username),
                    organization_id = \(authorization.organizationID), sf_user_id = \(authorization.userID), user_info = \(authorization.userInfo),
                    api_version = coalesce(\(authorization.apiVersion), api_version),
                    auth_updated_at = greatest(sluice.clock(), auth_updated_at + interval '1 microsecond'),
                    state = CASE WHEN state IN ('NEW', 'NEED_AUTHENTICATION', 'UNAUTHORIZED', 'INACTIVE_ORG') THEN 'IDLE' ELSE state END,
                    state_description = CASE WHEN state IN ('NEW', 'NEED_AUTHENTICATION', 'UNAUTHORIZED', 'INACTIVE_ORG') THEN NULL
                        ELSE state_description END
                WHERE id = \(id)
                """)
            guard changed == 1 else {
                throw CatalogError(code: .notFound, message: "there is no connection \(id.uuidString.lowercased())")
            }
        }
    }

    /// Keeps whom an authorization acts as.
    ///
    /// - Throws: `PostgresError`.
    public func storeIdentity(_ id: UUID, username: String, userInfo: String) async throws {
        try await pool.run("UPDATE sluice.connections SET username = \(username), user_info = \(userInfo) WHERE id = \(id)")
    }

    /// Notes that something was just written to Salesforce.
    ///
    /// - Throws: `PostgresError`.
    public func noteWrite(_ id: UUID) async throws {
        try await pool.run("UPDATE sluice.connections SET last_write_at = sluice.clock() WHERE id = \(id)")
    }

    /// Today's calls to Salesforce of the connections that made most, by resource name.
    ///
    /// - Throws: `PostgresError`.
    public func usageToday(limit: Int) async throws -> [(resourceName: String, usage: DailyCallUsage)] {
        try await pool.query(
            """
            SELECT c.resource_name, u.calls, u.limit_used, u.limit_max
            FROM sluice.api_usage u JOIN sluice.connections c ON c.id = u.connection_id
            WHERE u.day = (sluice.clock() AT TIME ZONE 'UTC')::date
            ORDER BY u.calls DESC, c.resource_name LIMIT \(limit)
            """, timeout: .seconds(5)
        ).map { (try $0.decode("resource_name"), try DailyCallUsage(row: $0)) }
    }

    /// Today's calls to Salesforce, and the org's own figures.
    ///
    /// - Throws: `PostgresError`.
    public func usage(_ id: UUID) async throws -> DailyCallUsage {
        let rows = try await pool.query(
            """
            SELECT calls, limit_used, limit_max FROM sluice.api_usage
            WHERE connection_id = \(id) AND day = (sluice.clock() AT TIME ZONE 'UTC')::date
            """)
        guard let row = rows.first else { return DailyCallUsage(calls: 0, used: nil, limit: nil) }
        return try DailyCallUsage(row: row)
    }
}

/// Calls to Salesforce on one day.
public struct DailyCallUsage: Sendable, Hashable {
    /// Calls made by this connection.
    public let calls: Int
    /// Calls the org counted in 24 hours, from all of its clients.
    public let used: Int?
    /// Calls the org allows in 24 hours.
    public let limit: Int?

    /// Calls on one day.
    public init(calls: Int, used: Int?, limit: Int?) {
        self.calls = calls
        self.used = used
        self.limit = limit
    }

    init(row: PostgresRow) throws {
        calls = try row.decode("calls")
        used = try row.decodeIfPresent("limit_used")
        limit = try row.decodeIfPresent("limit_max")
    }
}

/// What a Salesforce login told.
public struct ConnectionAuthorization: Sendable {
    /// The credentials, sealed by `CredentialSeal`.
    public var sealedCredentials: String
    /// `production`, `sandbox` or `custom`.
    public var environment: String
    /// Where logins go.
    public var loginURL: String
    /// Where the org answers.
    public var instanceURL: String
    /// The integration user.
    public var username: String?
    /// The org's id.
    public var organizationID: String?
    /// The integration user's id.
    public var userID: String?
    /// The identity document, JSON text.
    public var userInfo: String?
    /// The API version to use from now on; nil keeps the connection's.
    public var apiVersion: String?
    /// The access token that the login gave, sealed by `CredentialSeal`; without one the first job logs in.
    public var sealedToken: String?

    /// What a login told.
    public init(
        sealedCredentials: String, environment: String, loginURL: String, instanceURL: String, username: String? = nil,
        organizationID: String? = nil, userID: String? = nil, userInfo: String? = nil, apiVersion: String? = nil,
        sealedToken: String? = nil
    ) {
        self.sealedCredentials = sealedCredentials
        self.environment = environment
        self.loginURL = loginURL
        self.instanceURL = instanceURL
        self.username = username
        self.organizationID = organizationID
        self.userID = userID
        self.userInfo = userInfo
        self.apiVersion = apiVersion
        self.sealedToken = sealedToken
    }
}
