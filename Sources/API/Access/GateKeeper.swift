import Accounts
import Catalog
import Foundation
import Hummingbird
import WebServer

/// Lets requests in: finds out who sends them, and whether he has the role that the route asks for, before the route's handler runs.
/// What he may not even see looks like what does not exist. What changes something leaves an entry in the audit trail.
struct GateKeeper: RouteKeeper {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    /// The handler behind its gate.
    func handler(of route: Route, at path: String) -> RouteTable.Handler {
        let subject = RouteSubject(path: path)
        if case .role = route.gate {
            precondition(subject != nil, "\(route.method) \(path) asks for a role, but its path names nothing to hold it on")
        }
        switch route.style {
        case .open(let handler):
            return { request, context in
                if !route.isUnlimited { try takeTurn(of: "address \(services.address(request))") }
                return try await audited(request, via: nil) { try await handler(request, context) }
            }
        case .api(let handler):
            return { request, context in
                let (user, via) = try await caller(request)
                try await admit(user, through: route.gate, to: subject, context.parameters)
                return try await audited(request, via: via) {
                    let response = try await handler(request, context.parameters, user)
                    if !route.onlyReads { try await auditTheRest(request, response, path, context.parameters, user) }
                    return response
                }
            }
        case .page(let handler):
            return { request, context in
                if !route.method.isSafe { try session.checkOrigin(request) }
                guard let secret = session.secret(request), let user = try await services.catalog.user(session: secret) else {
                    try takeTurn(of: "address \(services.address(request))")
                    return .redirect(to: "/login")
                }
                let via = try Credential.session(secret).name()
                try takeTurn(of: via)
                try await admit(user, through: route.gate, to: subject, context.parameters)
                return try await audited(request, via: via) {
                    let response = try await handler(request, context.parameters, user)
                    if !route.onlyReads { try await auditTheRest(request, response, path, context.parameters, user) }
                    return response
                }
            }
        }
    }

    /// The handler of a route of the API for a page that acts through it, within a request that was let in: by the same gate, with the same audit.
    func innerHandler(of route: Route, at path: String) -> Route.Handler? {
        guard case .api(let handler) = route.style else { return nil }
        let subject = RouteSubject(path: path)
        return { request, parameters, user in
            try await admit(user, through: route.gate, to: subject, parameters)
            let response = try await handler(request, parameters, user)
            if !route.onlyReads { try await auditTheRest(request, response, path, parameters, user) }
            return response
        }
    }

    // MARK: - Who

    /// Whose token or session the request bears. A session acts only when the browser says that it acts for a page of ours.
    private func caller(_ request: Request) async throws -> (User, via: String) {
        let stranger = "address \(services.address(request))"
        let credential: Credential
        do {
            credential = try Credential(request, session)
        } catch {
            try takeTurn(of: stranger)
            throw error
        }
        let name = try credential.name()
        try takeTurn(of: name)
        let user: User?
        switch credential {
        case .token(let token): user = try await services.catalog.user(token: token)
        case .session(let secret):
            user = try await services.catalog.user(session: secret)
            if !request.method.isSafe { try session.requireOwnOrigin(request) }
        }
        guard let user else {
            try takeTurn(of: stranger)
            throw APIError.unauthorized("the API token is not valid")
        }
        return (user, name)
    }

    private func takeTurn(of name: String) throws {
        guard let limit = services.configuration.rates.requestsPerMinute else { return }
        try services.rates.take(name, .perMinute(limit), what: "more than \(limit) requests a minute")
    }

    // MARK: - What he may

    private func admit(_ user: User, through gate: RouteGate, to subject: RouteSubject?, _ parameters: Parameters) async throws {
        switch gate {
        case .anyone, .signedIn: return
        case .administrator:
            guard user.keepsInstallation else {
                throw APIError.forbidden("only an administrator of this installation may do that")
            }
        case .anywhere(let role):
            guard user.hasAnywhere(role) else {
                throw APIError.forbidden("this takes the role \(role.rawValue) on a connection")
            }
        case .role(let needed):
            guard let subject else { throw APIError.notFound("there is nothing at this path") }
            let held = try await role(of: user, on: subject, parameters)
            guard held >= needed else {
                throw APIError.forbidden("this takes the role \(needed.rawValue), and yours is \(held.rawValue)")
            }
        }
    }

    private func role(of user: User, on subject: RouteSubject, _ parameters: Parameters) async throws -> Role {
        let text = parameters.get(subject.rawValue) ?? ""
        let held: Role?
        switch subject {
        case .connection: held = user.role(on: try await services.connection(parameters, user))
        case .mapping: held = user.role(on: try await services.mapping(parameters, user).1)
        case .job: held = user.role(on: try await services.job(parameters, user).1)
        case .app: held = user.role(app: text)
        }
        guard let held else { throw APIError.notFound("there is no \(subject.rawValue) \(text)") }
        return held
    }

    // MARK: - What is kept of it

    private func audited(_ request: Request, via: String?, _ work: () async throws -> Response) async throws -> Response {
        try await AuditedRequest.$current.withValue(AuditedRequest(address: services.address(request), via: via), operation: work)
    }

    /// Whoever wrote a route may have forgotten the audit trail: what changed something is told in any case.
    private func auditTheRest(
        _ request: Request, _ response: Response, _ path: String, _ parameters: Parameters, _ user: User
    ) async throws {
        guard !request.method.isSafe, response.status.code < 400, AuditedRequest.current?.isAudited == false else { return }
        let names = path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
        let named = names.compactMap { name in parameters.get(name).map { JSONValue.Member(name, .string($0)) } }
        try await services.catalog.audit(
            parameters.get("connection").flatMap(UUID.init(uuidString:)), actor: user.email,
            action: "\(request.method.rawValue) \(path)", details: .object(named))
    }
}
