import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

/// A client of Bulk 1.0: every request says what it is written in, since the answers follow.
struct AsyncClient {
    static let base = "/services/async/60.0"
    static let json = "application/json"
    static let xml = "application/xml; charset=UTF-8"
    static let namespace = "http://www.force.com/2009/06/asyncapi/dataload"

    let org: TestOrg

    func call(
        _ method: String, _ path: String, type: String? = json, headers: [String: String] = [:], body: String? = nil
    ) async throws -> Answer {
        var all = ["X-SFDC-Session": org.token]
        if let type { all["Content-Type"] = type }
        return try await TestOrg.request(
            method, org.server.url + (path.hasPrefix("/services") ? path : Self.base + path), headers: all.merging(headers) { $1 },
            body: body)
    }

    /// Makes a job by JSON; its id.
    func job(
        _ operation: String, _ object: String = "Account", _ contentType: String = "JSON", extra: String = "",
        headers: [String: String] = [:]
    ) async throws -> String {
        let answer = try await call(
            "POST", "/job", headers: headers,
            body: "{\"operation\":\"\(operation)\",\"object\":\"\(object)\",\"contentType\":\"\(contentType)\"\(extra)}")
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    /// Adds a batch; its id.
    func batch(_ job: String, _ body: String) async throws -> String {
        let answer = try await call("POST", "/job/\(job)/batch", body: body)
        #expect(answer.status == 201)
        return try #require(answer.object["id"] as? String ?? Self.element("id", answer.text), "\(answer.text)")
    }

    func get(_ path: String, type: String? = json) async throws -> Answer { try await call("GET", path, type: type) }

    /// Makes a job, adds one batch, and closes the job; both ids.
    func run(
        _ operation: String, _ body: String, _ object: String = "Account", _ contentType: String = "JSON", extra: String = ""
    ) async throws -> (job: String, batch: String) {
        let job = try await job(operation, object, contentType, extra: extra)
        let batch = try await batch(job, body)
        #expect(try await call("POST", "/job/\(job)", body: #"{"state":"Closed"}"#).object["state"] as? String == "Closed")
        return (job, batch)
    }

    /// What became of the rows of a write.
    func results(_ run: (job: String, batch: String)) async throws -> Answer {
        try await get("/job/\(run.job)/batch/\(run.batch)/result")
    }

    /// The rows that a query found.
    func rows(_ run: (job: String, batch: String)) async throws -> Answer {
        let list = try await results(run)
        let id = (list.json as? [String])?.first ?? Self.element("result", list.text)
        return try await get("/job/\(run.job)/batch/\(run.batch)/result/\(try #require(id, "\(list.text)"))")
    }

    func state(_ run: (job: String, batch: String)) async throws -> (state: String?, message: String?) {
        let answer = try await get("/job/\(run.job)/batch/\(run.batch)")
        let object = answer.object
        return (
            object["state"] as? String ?? Self.element("state", answer.text),
            object["stateMessage"] as? String ?? Self.element("stateMessage", answer.text)
        )
    }

    /// The text of the first element of this name.
    static func element(_ name: String, _ text: String) -> String? {
        guard let start = text.range(of: "<\(name)>"), let end = text.range(of: "</\(name)>", range: start.upperBound..<text.endIndex)
        else {
            return nil
        }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The document with ids, times and milliseconds replaced by what they are.
    static func masked(_ text: String) -> String {
        text.replacing(#/\b7[0-9]{2}Sb0[0-9A-Za-z]{9,12}\b/#) { String($0.output.prefix(3)) + "…" }
            .replacing(#/\b00[0-9a-zA-Z]Sb0[0-9A-Za-z]{12}\b/#) { String($0.output.prefix(3)) + "…" }
            .replacing(#/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000/#, with: "TIME")
            .replacing(#/(ProcessingTime>|ProcessingTime":)[1-9]\d*/#) { "\($0.output.1)MS" }
    }
}
