import Foundation
import HTTPTransport
import HTTPTypes
import TestGate
import Testing

@testable import SandboxOrg

/// An answer of the org under test.
struct Answer {
    let status: Int
    let headers: [String: String]
    let body: Data
    /// Where redirects led to.
    var url: URL?

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: Any { (try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)) ?? NSNull() }
    var object: [String: Any] { json as? [String: Any] ?? [:] }
    var list: [[String: Any]] { json as? [[String: Any]] ?? [] }
    var records: [[String: Any]] { object["records"] as? [[String: Any]] ?? [] }
    var errorCode: String? { list.first?["errorCode"] as? String }
    var errorMessage: String? { list.first?["message"] as? String }
}

/// A sandbox org on a free port, and a client that is logged in.
struct TestOrg {
    let server: SandboxServer
    let token: String

    static let base = "/services/data/v60.0"

    /// Runs the body against an org of its own.
    static func with(_ options: SandboxOptions = small, _ body: (TestOrg) async throws -> Void) async throws {
        try await TestGate.pass { try await withServer(options, body) }
    }

    private static func withServer(_ options: SandboxOptions, _ body: (TestOrg) async throws -> Void) async throws {
        let server = try await SandboxServer.start(options)
        do {
            let token = try await login(server.url)
            try await body(TestOrg(server: server, token: token))
        } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    static var small: SandboxOptions {
        var options = SandboxOptions()
        options.rows = ["Account": 300, "Contact": 100, "Opportunity": 20, "Lead": 20, "Case": 20, "Project__c": 20]
        return options
    }

    static func login(_ url: String) async throws -> String {
        let answer = try await request(
            "POST", url + "/services/oauth2/token",
            body: "grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret")
        return try #require(answer.object["access_token"] as? String)
    }

    static func request(_ method: String, _ url: String, headers: [String: String] = [:], body: String? = nil) async throws -> Answer {
        // A client of its own for each: a connection that is kept would hold up the org's end.
        let client = HTTPClient(configuration: HTTPClientConfiguration(proxy: .none))
        defer { client.shutdown() }
        var fields = HTTPFields(try headers.map { HTTPField(name: try #require(HTTPField.Name($0.key)), value: $0.value) })
        if body != nil, !fields.contains(.contentType) { fields[.contentType] = "application/x-www-form-urlencoded" }
        var request = TransferRequest(
            method: try #require(HTTPRequest.Method(method)), url: url, headers: fields, body: body.map { .bytes(Array($0.utf8)) } ?? .none,
            timeouts: HTTPTimeouts(total: .seconds(120), stall: .seconds(120)))
        while true {
            let answer = try await client.perform(request, maxBody: 1 << 28)
            guard (301...303).contains(answer.status), let location = answer.headers[.location] else {
                let names = Dictionary(answer.headers.map { ($0.name.canonicalName, $0.value) }) { "\($0), \($1)" }
                return Answer(status: answer.status, headers: names, body: Data(answer.bytes), url: URL(string: request.url))
            }
            let target = try #require(URL(string: location, relativeTo: URL(string: request.url)))
            request = TransferRequest(url: target.absoluteString, timeouts: request.timeouts)
        }
    }

    /// A call below `/services/data/v60.0`, or with a path of its own.
    func call(_ method: String, _ path: String, headers: [String: String] = [:], body: String? = nil) async throws -> Answer {
        let full = path.hasPrefix("/services") || path.hasPrefix("/sandbox") ? path : Self.base + path
        return try await Self.request(
            method, server.url + full,
            headers: ["Authorization": "Bearer \(token)", "Content-Type": "application/json"].merging(headers) { $1 }, body: body)
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer { try await call("GET", path, headers: headers) }

    func query(_ soql: String, all: Bool = false, headers: [String: String] = [:]) async throws -> Answer {
        let allowed = CharacterSet.alphanumerics
        let escaped = try #require(soql.addingPercentEncoding(withAllowedCharacters: allowed))
        return try await get("/\(all ? "queryAll" : "query")?q=\(escaped)", headers: headers)
    }

    /// Creates a Bulk 2.0 job and answers its id.
    func bulk(_ soql: String, operation: String = "query", extra: String = "") async throws -> String {
        let answer = try await call("POST", "/jobs/query", body: "{\"operation\":\"\(operation)\",\"query\":\"\(soql)\"\(extra)}")
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }
}

/// A reader of quoted CSV, written apart from the org's encoder.
func readCSV(_ text: String, delimiter: Character = ",") -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var quoted = false
    var characters = Array(text.unicodeScalars)[...]
    while let scalar = characters.popFirst() {
        if quoted {
            if scalar == "\"", characters.first == "\"" {
                characters.removeFirst()
                field.unicodeScalars.append(scalar)
            } else if scalar == "\"" {
                quoted = false
            } else {
                field.unicodeScalars.append(scalar)
            }
        } else if scalar == "\"" {
            quoted = true
        } else if Character(scalar) == delimiter {
            row.append(field)
            field = ""
        } else if scalar == "\n" {
            rows.append(row + [field])
            row = []
            field = ""
        } else if scalar != "\r" {
            field.unicodeScalars.append(scalar)
        }
    }
    return rows
}
