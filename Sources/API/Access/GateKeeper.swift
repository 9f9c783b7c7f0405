import Catalog
import Foundation
import Hummingbird

/// Lets requests in: finds out who sends them, and whether he has the role that the route asks for, before the route's handler runs.
/// What he may not even see looks like what does not exist.
struct GateKeeper: Sendable {
    let services: APIServices

    private var session: SessionCookie { SessionCookie(services: services) }

    /// The handler behind its gate.
    func handler(of route: Route, at path: String) -> RouteTable.Handler {
        let subject = RouteSubject(path: path)
        if case .role = route.gate {
            precondition(subject != nil, "\(route.method) \(path) asks for a role, but its path names nothing to hold it on")
        }
        switch route.style {
        case .open(let handler): return handler
        case .api(let handler):
            return { request, context in
                let user = try await user(request)
                try await admit(user, through: route.gate, to: subject, context.parameters)
                return try await handler(request, context.parameters, user)
            }
        case .page(let handler):
            return { request, context in
                if !route.method.isSafe { try session.checkOrigin(request) }
                guard let user = try await session.user(request) else { return .redirect(to: "/login") }
                try await admit(user, through: route.gate, to: subject, context.parameters)
                return try await handler(request, context.parameters, user)
            }
        }
    }

    /// Whose token or session the request bears. A session acts only when the browser says that it acts for a page of ours.
    private func user(_ request: Request) async throws -> User {
        if request.headers[.authorization] == nil, let user = try await session.user(request) {
            if !request.method.isSafe { try session.requireOwnOrigin(request) }
            return user
        }
        return try await services.user(request)
    }

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
}

extension HTTPRequest.Method {
    /// Whether it only reads (RFC 9110, 9.2.1).
    var isSafe: Bool { self == .get || self == .head || self == .options }
}
