import Catalog
package import Hummingbird
import Logging

/// Turns whatever a route throws into an answer with a body, so that no fault leaves a client without a reason.
package struct ErrorMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let known = APIError(error)
            if known == nil || known?.status.kind == .serverError {
                context.logger.error(
                    "Request failed", metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"])
            }
            let told =
                known
                ?? APIError(status: .internalServerError, code: "internal", message: "an unexpected error; the server's log says more")
            var answer = response(to: request, told)
            if let limited = error as? RateLimited { answer.headers[.retryAfter] = String(limited.seconds) }
            return answer
        }
    }

    private func response(to request: Request, _ error: APIError) -> Response {
        var response = Response.json(
            .object([.init("code", .string(error.code)), .init("message", .string(error.message))] + error.details), status: error.status)
        if !request.uri.path.hasPrefix("/api/"), request.headers[.accept]?.contains("text/html") == true {
            response = .page(ErrorPage(error).html, status: error.status)
        }
        if error.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if error.status == .serviceUnavailable || error.code == "pending" { response.headers[.retryAfter] = "2" }
        if let pause = error.retryAfter { response.headers[.retryAfter] = String(max(1, pause.components.seconds)) }
        return response
    }
}
