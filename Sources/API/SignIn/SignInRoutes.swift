import Accounts
import Catalog
import Foundation
import Hummingbird
import Redaction
import Secrets
import WebServer

/// Signing a connection in to Salesforce: `authorize_url` sends a browser there, `/oauth/callback` takes what it brings back, and
/// `actions/authorize` does it without a browser.
struct SignInRoutes: RouteGroup {
    let services: APIServices

    static let callbackPath = "/oauth/callback"

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/authorize_url", [.post(.admin, authorizeURL)])
        table.add("/api/v3/connections/:connection/actions/authorize", [.post(.admin, authorize)])
        // The state proves who asked: the browser that comes back from Salesforce may bear nothing else.
        table.add(Self.callbackPath, [.open(.get, callback)])
    }

    private func authorizeURL(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let fields = RequestFields(try await request.jsonObject())
        let base = services.baseURL(request)
        let next = try fields.text("next").map { try ReturnAddress($0, base: base) }
        let order = SignInOrder(
            connection: connection, user: user, sessionHash: try SessionCookie(services: services).hash(acting: request),
            terms: try terms(fields, user), app: try app(fields), redirectURI: base + Self.callbackPath,
            next: try (next ?? ReturnAddress("/connections/\(connection.id.uuidString.lowercased())", base: base)).text)
        let redirect = try await signIn().begin(order)
        try await services.catalog.audit(
            connection.id, actor: user.email, action: "connection.authorize_url",
            details: ["environment": .string(order.terms.host.environment), "domain": .string(order.terms.host.url)])
        return .json(["redirect": .string(redirect)], status: .created)
    }

    private func authorize(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let fields = RequestFields(try await request.jsonObject())
        let outcome: SignInOutcome
        do {
            outcome = try await signIn().authorize(connection, by: grant(fields), terms(fields, user))
        } catch let error as SignInError {
            throw error.apiError
        }
        switch outcome {
        case .authorized(_, let username, let organizationID, _):
            return .json(["username": .string(username), "organization_id": .string(organizationID)])
        case .denied(let code, let description, _): throw APIError.badRequest(description, code: code)
        case .missing(let objects, _, _):
            return .json(
                [
                    "code": "missing_access",
                    "message": .string(
                        """
                        nothing was changed: this Salesforce user may not read \(objects.map(\.text).joined(separator: "; ")); give access in \
                        Salesforce, or send accept_missing
                        """),
                    "missing": .array(objects.map(\.document)),
                ], status: .conflict)
        }
    }

    private func callback(_ request: Request, _ context: BasicRequestContext) async throws -> Response {
        let refusal = request.parameter("error").map {
            (code: $0, description: request.parameter("error_description") ?? "Salesforce said no more")
        }
        let reply = SignInReply(
            state: request.parameter("state") ?? "", code: request.parameter("code"), refusal: refusal,
            sessionHash: try SessionCookie(services: services).hash(request))
        do {
            switch try await signIn().finish(reply) {
            case .authorized(_, _, _, let next): return sendOn(to: next ?? "/")
            case .denied(let code, let description, let next):
                return sendOn(to: try ReturnAddress(next, base: services.baseURL(request)).adding(error: code, description: description))
            case .missing(let objects, let connection, let next):
                return .page(SignInPage.missing(objects, connection: connection, next: next).html, status: .conflict)
            }
        } catch let error as SignInError {
            return .page(SignInPage.failed(error).html, status: error.apiError.status)
        }
    }

    /// The address that the browser leaves holds the code; nobody is told it.
    private func sendOn(to address: String) -> Response {
        var response = Response.redirect(to: address)
        response.headers[.referrerPolicy] = "no-referrer"
        return response
    }

    private func signIn() throws -> any OrgSignIn {
        guard let signIn = services.signIn else {
            throw CatalogError(code: .configuration, message: "this server was started without a way to Salesforce")
        }
        return signIn
    }

    // MARK: - What bodies say

    private func terms(_ fields: RequestFields, _ user: User) throws -> SignInTerms {
        let version = try fields.text("api_version")
        if let version, version.wholeMatch(of: /[0-9]{2,3}(\.0)?/) == nil {
            throw APIError.badRequest("api_version: expected a version such as 60.0, found \"\(version.prefix(40))\"")
        }
        return SignInTerms(
            host: try LoginHost(
                environment: fields.text("environment"), domain: fields.text("domain"), rules: services.configuration.loginHosts),
            apiVersion: version.map { $0.hasSuffix(".0") ? $0 : $0 + ".0" }, acceptsMissing: try fields.flag("accept_missing") ?? false,
            actor: user.email)
    }

    private func app(_ fields: RequestFields) throws -> ExternalClientApp? {
        let secret = try fields.text("client_secret")
        return try fields.filled("client_id", "the consumer key of an External Client App").map {
            ExternalClientApp(clientID: $0, secret: secret)
        }
    }

    private func grant(_ fields: RequestFields) throws -> SignInGrant {
        let grant = try fields.required("grant", "client_credentials, jwt, refresh_token or password")
        let own = services.configuration.app
        guard let app = try app(fields) ?? own else {
            throw APIError.badRequest("client_id: expected the consumer key of an External Client App")
        }
        switch grant {
        case "client_credentials": return .clientCredentials(app)
        case "jwt":
            return .jwt(
                clientID: app.clientID, username: try fields.required("username", "the user that the assertion is for"),
                privateKey: try fields.filled("private_key", "a private key", longest: 20_000).map { Redacted(wrappedValue: $0) })
        case "refresh_token":
            return .refreshToken(app, token: Redacted(wrappedValue: try fields.required("refresh_token", "a refresh token")))
        case "password":
            return .password(
                app, username: try fields.required("username", "the user"),
                password: Redacted(wrappedValue: try fields.required("password", "the password, with the security token behind it")))
        default:
            throw APIError.badRequest(
                "grant: expected client_credentials, jwt, refresh_token or password, found \"\(grant.prefix(40))\"")
        }
    }
}

extension MissingAccess {
    var document: JSONValue { ["object_name": .string(objectName), "fields": .array(fields.map { .string($0) })] }
}

extension SignInError {
    var apiError: APIError {
        switch reason {
        case .state, .refused: .badRequest(message, code: reason.rawValue)
        case .otherBrowser: APIError(status: .forbidden, code: reason.rawValue, message: message)
        case .otherOrg: APIError(status: .conflict, code: reason.rawValue, message: message)
        case .unavailable: APIError(status: .serviceUnavailable, code: reason.rawValue, message: message)
        }
    }
}
