public import Catalog
public import Foundation
public import Redaction

/// Signs connections in to Salesforce for people who wait: the API asks for it and knows nothing of Salesforce, whoever can call
/// Salesforce does it.
public protocol OrgSignIn: Sendable {
    /// Begins a way through Salesforce's consent page.
    ///
    /// - Returns: where to send the browser.
    /// - Throws: `CatalogError`, `PostgresError`, `SecretsError`.
    func begin(_ order: SignInOrder) async throws -> String

    /// Takes what the browser brought back.
    ///
    /// - Throws: `SignInError` when nothing came of it, and the connection is as before; `CatalogError`, `PostgresError`, `SecretsError`.
    func finish(_ reply: SignInReply) async throws -> SignInOutcome

    /// Signs in without a browser.
    ///
    /// - Throws: `SignInError` when nothing came of it, and the connection is as before; `CatalogError`, `PostgresError`, `SecretsError`.
    func authorize(_ connection: Connection, by grant: SignInGrant, _ order: SignInTerms) async throws -> SignInOutcome
}

/// Which app asks Salesforce: the consumer key and secret of an External Client App.
public struct ExternalClientApp: Sendable, Hashable, Codable {
    /// The consumer key.
    public let clientID: String
    /// The consumer secret; nil for an app that needs none with PKCE.
    @Redacted public private(set) var secret: String?

    /// An app.
    public init(clientID: String, secret: String?) {
        self.clientID = clientID
        self.secret = secret
    }

    private enum CodingKeys: String, CodingKey { case clientID, secret }

    /// For what is sealed.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            clientID: try container.decode(String.self, forKey: .clientID),
            secret: try container.decodeIfPresent(String.self, forKey: .secret))
    }

    /// For what is sealed.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(clientID, forKey: .clientID)
        try container.encodeIfPresent(secret, forKey: .secret)
    }
}

/// How an authorization is meant.
public struct SignInTerms: Sendable {
    /// Where to log in.
    public var host: LoginHost
    /// The API version from now on; nil keeps that of a connection which was authorized before, and is the newest for another.
    public var apiVersion: String?
    /// Whether the connection may go over to a user who cannot read everything that is mapped.
    public var acceptsMissing: Bool
    /// Who does it, for the audit trail.
    public var actor: String

    /// Terms.
    public init(host: LoginHost, apiVersion: String? = nil, acceptsMissing: Bool = false, actor: String) {
        self.host = host
        self.apiVersion = apiVersion
        self.acceptsMissing = acceptsMissing
        self.actor = actor
    }
}

/// A sign-in by browser that somebody asks for.
public struct SignInOrder: Sendable {
    /// The connection.
    public let connection: Connection
    /// Who asks.
    public let user: User
    /// The hash of the browser session that asks; nil when an API token does.
    public let sessionHash: String?
    /// How it is meant.
    public let terms: SignInTerms
    /// The app to ask with; nil is the installation's own.
    public let app: ExternalClientApp?
    /// Where Salesforce sends the browser.
    public let redirectURI: String
    /// Where the browser is sent in the end.
    public let next: String

    /// An order.
    public init(
        connection: Connection, user: User, sessionHash: String?, terms: SignInTerms, app: ExternalClientApp?, redirectURI: String,
        next: String
    ) {
        self.connection = connection
        self.user = user
        self.sessionHash = sessionHash
        self.terms = terms
        self.app = app
        self.redirectURI = redirectURI
        self.next = next
    }
}

/// What a browser brought back from Salesforce.
public struct SignInReply: Sendable {
    /// The state parameter.
    public let state: String
    /// The code; nil when Salesforce or the person refused.
    @Redacted public private(set) var code: String?
    /// Salesforce's error code and words.
    public let refusal: (code: String, description: String)?
    /// The hash of the browser's session, if it has one.
    public let sessionHash: String?

    /// A reply.
    public init(state: String, code: String?, refusal: (code: String, description: String)?, sessionHash: String?) {
        self.state = state
        self.code = code
        self.refusal = refusal
        self.sessionHash = sessionHash
    }
}

/// What proves to Salesforce who signs in, where no browser is needed.
public enum SignInGrant: Sendable {
    /// The app's run-as user.
    case clientCredentials(ExternalClientApp)
    /// A signed assertion; nil is the installation's own key.
    case jwt(clientID: String, username: String, privateKey: Redacted<String>?)
    /// A refresh token that came from elsewhere.
    case refreshToken(ExternalClientApp, token: Redacted<String>)
    /// A user's password, with the security token behind it.
    case password(ExternalClientApp, username: String, password: Redacted<String>)
}

/// How a sign-in ended.
public enum SignInOutcome: Sendable {
    /// The connection acts as this user now.
    case authorized(connection: UUID, username: String, organizationID: String, next: String?)
    /// The person or the org said no; the connection is as before.
    case denied(code: String, description: String, next: String)
    /// The user may not read what is mapped; the connection is as before.
    case missing([MissingAccess], connection: UUID, next: String?)
}

/// What a user may not read of a mapped object.
public struct MissingAccess: Sendable, Hashable {
    /// The object.
    public let objectName: String
    /// The mapped fields; none when the whole object cannot be read.
    public let fields: [String]

    /// Something missing.
    public init(objectName: String, fields: [String]) {
        self.objectName = objectName
        self.fields = fields
    }

    /// `Account`, or `Account (Name, Phone)`.
    public var text: String { fields.isEmpty ? objectName : "\(objectName) (\(fields.joined(separator: ", ")))" }
}

/// Why a sign-in came to nothing.
public struct SignInError: Error, Sendable, CustomStringConvertible {
    /// The kind of reason.
    public enum Reason: String, Sendable {
        /// The state was not made here, was used already, has expired, or its user may not do that any more.
        case state = "invalid_state"
        /// Another browser brought the answer than the one that asked.
        case otherBrowser = "other_browser"
        /// The login is to another org than the one whose records are mapped.
        case otherOrg = "other_org"
        /// Salesforce said no.
        case refused = "salesforce_refused"
        /// Salesforce could not be asked.
        case unavailable = "salesforce_unavailable"
    }

    /// The kind of reason.
    public let reason: Reason
    /// What a person needs to know.
    public let message: String
    /// Where the browser was to go.
    public let next: String?

    /// A reason.
    public init(_ reason: Reason, _ message: String, next: String? = nil) {
        self.reason = reason
        self.message = message
        self.next = next
    }

    /// The message.
    public var description: String { message }
}
