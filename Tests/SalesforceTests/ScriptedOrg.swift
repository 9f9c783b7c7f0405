import Foundation
import HTTPTransport
import RawHTTPServer
import Salesforce
import Synchronization

/// An org that answers log-ins by itself, with a new token each time, and everything else as the test says.
final class ScriptedOrg: Sendable {
    let server: RawHTTPServer
    private let log: Log

    /// What the org has seen.
    final class Log: Sendable {
        let requests = Mutex<[RawRequest]>([])
        let logins = Mutex<[String]>([])
    }

    convenience init(login: @escaping @Sendable (_ number: Int, _ form: String) -> RawAnswer) throws {
        try self.init(loggingInBy: login) { _ in RawAnswer(404) }
    }

    convenience init(_ answer: @escaping @Sendable (RawRequest) throws -> RawAnswer = { _ in RawAnswer(404) }) throws {
        try self.init(loggingInBy: nil, answer)
    }

    private init(
        loggingInBy login: (@Sendable (_ number: Int, _ form: String) -> RawAnswer)?,
        _ answer: @escaping @Sendable (RawRequest) throws -> RawAnswer
    ) throws {
        let log = Log()
        self.log = log
        server = try RawHTTPServer { connection in
            while let request = try connection.readRequest() {
                guard request.path == "/services/oauth2/token" else {
                    log.requests.withLock { $0.append(request) }
                    try connection.write(answer(request).bytes)
                    continue
                }
                let number = log.logins.withLock { logins in
                    logins.append(request.text)
                    return logins.count
                }
                let host = request.header("Host") ?? ""
                let answer = login?(number, request.text) ?? Self.token(number, host: host)
                try connection.write(answer.bytes)
            }
        }
    }

    var requests: [RawRequest] { log.requests.withLock { $0 } }
    var logins: [String] { log.logins.withLock { $0 } }

    static func token(_ number: Int, host: String, refreshToken: String? = nil) -> RawAnswer {
        let refresh = refreshToken.map { #","refresh_token":"\#($0)""# } ?? ""
        return json(
            #"{"access_token":"token-\#(number)","instance_url":"http://\#(host)/","id":"http://\#(host)/id/00Dxx0000001gPL/005Hs00000BkK19IAF","#
                + #""token_type":"Bearer","issued_at":"1645224274824","signature":"c2ln"\#(refresh)}"#)
    }

    static func json(_ text: String, status: Int = 200) -> RawAnswer {
        RawAnswer(
            status,
            headers: [
                ("Content-Type", "application/json;charset=UTF-8"), ("Date", "Fri, 18 Feb 2022 22:44:34 GMT"),
                ("Sforce-Limit-Info", "api-usage=18/5000"),
            ], text)
    }

    static func error(_ code: String, _ message: String, status: Int) -> RawAnswer {
        json(#"[{"message":"\#(message)","errorCode":"\#(code)"}]"#, status: status)
    }

    func session(_ credentials: SalesforceCredentials = .clientCredentials(clientID: "id", secret: "secret")) -> SalesforceSession {
        session(store: LocalTokenStore(credentials, loginURL: server.url))
    }

    func session(store: any TokenStore) -> SalesforceSession {
        SalesforceSession(store: store, http: http, now: { Date(timeIntervalSince1970: 1000) })
    }

    func client(observer: (@Sendable (AnsweredCall) -> Void)? = nil) -> SalesforceClient {
        SalesforceClient(session: session(), http: http, observer: observer)
    }

    let http = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
}

/// The error that a call ends with.
func failure(_ call: () async throws -> Void) async -> SalesforceError? {
    do {
        try await call()
        return nil
    } catch {
        return error as? SalesforceError
    }
}
