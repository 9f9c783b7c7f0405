import HTTPTypes
import Hummingbird
import Tracing
import WebServer

/// A span for each request that acts or belongs to somebody's trace: what it enqueues belongs to the same trace.
struct TracingMiddleware: RouterMiddleware {
    private struct Carrier: Extractor {
        func extract(key: String, from carrier: HTTPFields) -> String? { HTTPField.Name(key).flatMap { carrier[$0] } }
    }

    func handle(
        _ request: Request, context: BasicRequestContext, next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        var trace = InstrumentationContext.topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &trace, using: Carrier())
        guard request.method != .get || !trace.isEmpty else { return try await next(request, context) }
        return try await withSpan("\(request.method.rawValue) \(context.endpointPath ?? "")", context: trace, ofKind: .server) { span in
            let response = try await next(request, context)
            if span.isRecording {
                span.attributes["http.request.method"] = request.method.rawValue
                span.attributes["http.route"] = context.endpointPath ?? request.uri.path
                span.attributes["http.response.status_code"] = Int64(response.status.code)
                if response.status.kind == .serverError { span.setStatus(SpanStatus(code: .error)) }
            }
            return response
        }
    }
}
