internal import FoundationEssentials
public import HTTPTransport
internal import HTTPTypes
public import Logging
internal import Synchronization
import Tracing

/// Calls one org's APIs. Share one for each org in a process.
public struct SalesforceClient: Sendable {
    /// The org's authorisation.
    public let session: SalesforceSession
    /// The API version of every path, such as `60.0`.
    public let apiVersion: String
    /// How long calls may take.
    public let timeouts: SalesforceTimeouts
    private let http: HTTPClient
    private let logger: Logger
    private let observer: (@Sendable (AnsweredCall) -> Void)?
    private let latestUsage = LatestUsage()

    /// Makes a client. The observer hears of every answered call, on no particular thread; it must be quick.
    public init(
        session: SalesforceSession,
        http: HTTPClient,
        apiVersion: String = "60.0",
        timeouts: SalesforceTimeouts = SalesforceTimeouts(),
        logger: Logger = Logger(label: "salesforce"),
        observer: (@Sendable (AnsweredCall) -> Void)? = nil
    ) {
        self.session = session
        self.http = http
        self.apiVersion = apiVersion
        self.timeouts = timeouts
        self.logger = logger
        self.observer = observer
    }

    /// The same client in another API version, such as `61.0`.
    public func at(apiVersion: String) -> SalesforceClient {
        SalesforceClient(
            session: session, http: http, apiVersion: apiVersion, timeouts: timeouts, logger: logger, observer: observer)
    }

    /// The org's use of its daily calls, as the last answer that told it said.
    public var apiUsage: LimitInfo? { latestUsage.value.withLock { $0 } }

    /// The path of a resource of this API version, `/services/data/v60.0/…`.
    func path(_ resource: String) -> String {
        "/services/data/v" + apiVersion + "/" + resource
    }

    /// A request with our headers, authorised.
    func authorised(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: TransferRequest.Body = .none, timeouts: HTTPTimeouts,
        token: OAuthToken
    ) -> TransferRequest {
        let usual: HTTPFields = [
            .authorization: "Bearer " + token.accessToken,
            .accept: "application/json",
            .sforceCallOptions: "client=sluice",
            .userAgent: "sluice",
        ]
        let all = usual.filter { !headers.contains($0.name) } + headers
        return TransferRequest(method: method, url: token.instanceURL + path, headers: all, body: body, timeouts: timeouts)
    }

    /// Sends a call with a JSON body.
    func call(_ method: HTTPRequest.Method, _ path: String, json: [UInt8]) async throws -> SalesforceAnswer {
        try await call(method, path, headers: [.contentType: "application/json; charset=UTF-8"], body: .bytes(json))
    }

    /// Sends a call and returns its answer if the status says that it was done. After a 401 the token is renewed and the call
    /// is repeated once, unless its body was a stream that is spent; a refused token means that nothing was done, so that this
    /// is safe for writes too.
    func call(
        _ method: HTTPRequest.Method, _ path: String, headers: HTTPFields = [:], body: TransferRequest.Body = .none
    ) async throws -> SalesforceAnswer {
        var isRepeatable = true
        if case .stream = body { isRepeatable = false }
        let limits = method == .get ? timeouts.read : timeouts.write
        var token = try await session.token()
        for attempt in 1...2 {
            let request = authorised(method, path, headers: headers, body: body, timeouts: limits, token: token)
            let answer = try await send(request, path: path)
            if (200...299).contains(answer.head.status) { return answer }
            if answer.head.status == 401, attempt == 1, isRepeatable {
                logger.debug("access token refused, renewing it", metadata: ["path": "\(answer.path)"])
                token = try await session.token(replacing: token.accessToken)
                continue
            }
            throw SalesforceError(head: answer.head, body: answer.body, resource: answer.resource)
        }
        throw SalesforceError(code: "INVALID_SESSION_ID", message: "the renewed token was refused", retry: .refreshSession, resource: path)
    }

    private func send(_ request: TransferRequest, path: String) async throws -> SalesforceAnswer {
        let start = ContinuousClock.now
        let path = String(path.prefix { $0 != "?" })
        let answer: CollectedResponse
        do {
            answer = try await withSpan("Salesforce \(request.method.rawValue)", ofKind: .client) { span in
                if span.isRecording {
                    span.attributes["http.request.method"] = request.method.rawValue
                    span.attributes["url.path"] = path
                }
                let answer = try await http.perform(request, maxBody: 256 * 1024 * 1024)
                if span.isRecording { span.attributes["http.response.status_code"] = Int64(answer.status) }
                return answer
            }
        } catch {
            let failure = SalesforceError(transport: error, method: request.method)
            logger.debug("call failed", metadata: ["method": "\(request.method.rawValue)", "path": "\(path)", "error": "\(failure.code)"])
            throw failure
        }
        let usage = answer.headers[first: .sforceLimitInfo].flatMap { LimitInfo(header: $0) }
        if let usage { latestUsage.value.withLock { $0 = usage } }
        let result = SalesforceAnswer(head: answer.head, body: answer.bytes, method: request.method, path: path)
        observer?(
            AnsweredCall(
                method: request.method.rawValue, path: path, status: answer.status, duration: .now - start, usage: usage,
                serverDate: result.serverDate))
        return result
    }

    /// Sends a call without a token; only the list of API versions is open like that.
    func open(_ path: String) async throws -> SalesforceAnswer {
        let instanceURL = try await session.instanceURL
        let request = TransferRequest(url: instanceURL + path, headers: [.accept: "application/json"], timeouts: timeouts.read)
        let answer = try await send(request, path: path)
        guard answer.head.status == 200 else {
            throw SalesforceError(head: answer.head, body: answer.body, resource: answer.resource)
        }
        return answer
    }
}

/// Shared by the copies of one client.
private final class LatestUsage: Sendable {
    let value = Mutex<LimitInfo?>(nil)
}
