import Foundation
import NIOCore
import Testing

@testable import SandboxBytes
@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("Compression")
struct CompressionTests {
    private static let fields = "Id, Name, Type, Industry, Phone, Website, Description, AnnualRevenue, CreatedDate, SystemModstamp"

    private func client(_ org: TestOrg) -> WireClient { WireClient(port: org.server.port) }

    private func ask(_ org: TestOrg, _ path: String, accept: String, headers: [String: String] = [:]) async throws -> WireAnswer {
        try await client(org).send("GET", path, token: org.token, headers: headers.merging(["Accept-Encoding": accept]) { $1 })
    }

    private static func packed(_ text: String, _ coding: ContentCoding = .gzip) -> [UInt8] {
        Array(Deflater(coding, level: 6).finish(ByteBuffer(string: text)).readableBytesView)
    }

    @Test(
        "an answer is compressed as the client accepts it",
        arguments: [
            ("gzip", "gzip"), ("deflate", "deflate"), ("gzip, deflate, br", "gzip"), ("deflate;q=1.0, gzip;q=0.5", "gzip"),
            ("gzip;q=0, deflate", "deflate"), ("GZip", "gzip"), ("x-gzip", "gzip"), ("*", "gzip"), ("*;q=0", nil), ("identity", nil),
            ("br", nil), ("gzip ; q = 0.0", nil), (";;,q=,", nil),
        ] as [(String, String?)])
    func negotiation(accept: String, coding: String?) async throws {
        try await TestOrg.with { org in
            let path = TestOrg.base + "/sobjects/Account/describe"
            let plain = try await ask(org, path, accept: "identity")
            let answer = try await ask(org, path, accept: accept)
            #expect(answer.status == 200 && answer.isWhole && answer.headers["vary"] == "Accept-Encoding")
            #expect(answer.headers["content-encoding"] == coding)
            guard let coding = coding.flatMap(ContentCoding.init(rawValue:)) else {
                let isSame = answer.body == plain.body
                #expect(isSame)
                return
            }
            #expect(answer.body.count < plain.body.count / 4)
            let isSame = try Inflater.inflate(answer.body, coding, limit: .max) == plain.body
            #expect(isSame)
        }
    }

    @Test("what is small stays as it is, an error too; a server told to compresses nothing")
    func small() async throws {
        try await TestOrg.with { org in
            let answer = try await ask(org, TestOrg.base + "/nothing", accept: "gzip")
            #expect(answer.status == 404 && answer.headers["content-encoding"] == nil)
        }
        var options = TestOrg.small
        options.compressionLevel = 0
        try await TestOrg.with(options) { org in
            let answer = try await ask(org, TestOrg.base + "/sobjects", accept: "gzip")
            #expect(answer.status == 200 && answer.headers["content-encoding"] == nil)
        }
    }

    @Test("rows of a bulk job are compressed as they come")
    func bulk() async throws {
        var options = TestOrg.small
        options.rows["Account"] = 5000
        try await TestOrg.with(options) { org in
            let path = TestOrg.base + "/jobs/query/\(try await org.bulk("SELECT \(Self.fields) FROM Account"))/results"
            let plain = try await ask(org, path, accept: "identity")
            #expect(plain.body.count > 500_000)
            for coding in [ContentCoding.gzip, .deflate] {
                let answer = try await ask(org, path, accept: coding.rawValue)
                #expect(answer.isWhole && answer.body.count < plain.body.count / 2)
                let isSame = try Inflater.inflate(answer.body, coding, limit: .max) == plain.body
                #expect(isSame)
            }
        }
    }

    @Test("a piece of a body can be read before the next one is there")
    func flushes() throws {
        let deflater = Deflater(.gzip, level: 1)
        var sent = deflater.add(ByteBuffer(string: "first piece"))
        // Broken off, it is no gzip file, but its text is all there: the end alone is missing.
        var end = deflater.finish()
        #expect(throws: Inflater.Failure.malformed) { try Inflater.inflate(Array(sent.readableBytesView), .gzip, limit: 100) }
        #expect(end.readableBytes <= 10)
        sent.writeBuffer(&end)
        #expect(try Inflater.inflate(Array(sent.readableBytesView), .gzip, limit: 100) == Array("first piece".utf8))
    }

    @Test("a compressed record has a tag of its own, which is good for asking again")
    func tags() async throws {
        try await TestOrg.with { org in
            let id = try #require(try await org.query("SELECT Id FROM Account LIMIT 1").records.first?["Id"] as? String)
            let path = TestOrg.base + "/sobjects/Account/\(id)"
            let plain = try #require(try await ask(org, path, accept: "identity").headers["etag"])
            let packed = try #require(try await ask(org, path, accept: "gzip").headers["etag"])
            #expect(packed == plain.dropLast() + "-gzip\"")
            for (tag, accept) in [(packed, "gzip"), (plain, "gzip"), (packed, "identity")] {
                let same = try await ask(org, path, accept: accept, headers: ["If-None-Match": tag])
                #expect(same.status == 304 && same.body.isEmpty && same.headers["content-encoding"] == nil)
                #expect(same.headers["etag"] == (accept == "gzip" ? tag : plain))
            }
            let written = try await org.call("PATCH", path, headers: ["If-Match": packed], body: #"{"Name":"by its tag"}"#)
            #expect(written.status == 204)
        }
    }

    @Test("requests may be compressed: JSON, forms and rows, in any of the formats that are called so")
    func requests() async throws {
        try await TestOrg.with { org in
            let type = ["Content-Type": "application/json"]
            let name = String(repeating: "long and long ", count: 10).trimmingCharacters(in: .whitespaces)
            let record = "{\"Name\":\"\(name)\"}"
            // Without zlib's two bytes before it and its checksum behind it.
            let bare = Array(Self.packed(record, .deflate).dropFirst(2).dropLast(4))
            let parts = Self.packed("{\"Name\":") + Self.packed("\"\(name)\"}")
            let bodies: [(String, [UInt8])] = [
                ("gzip", Self.packed(record)), ("x-gzip", Self.packed(record)), ("deflate", Self.packed(record, .deflate)),
                ("deflate", bare),
                ("GZIP", parts), ("identity", Array(record.utf8)), ("gzip", Self.packed(record) + [0, 0, 0]),
            ]
            for (coding, body) in bodies {
                let headers = type.merging(["Content-Encoding": coding]) { $1 }
                let answer = try await client(org).send(
                    "POST", TestOrg.base + "/sobjects/Account", token: org.token, headers: headers, body: body)
                #expect(answer.status == 201, "\(coding) \(answer.text)")
            }
            #expect(try await org.query("SELECT Id FROM Account WHERE Name = '\(name)'").records.count == bodies.count)
            let form = Self.packed("grant_type=client_credentials&client_id=sandbox-client&client_secret=sandbox-secret")
            let login = try await client(org).send("POST", "/services/oauth2/token", headers: ["Content-Encoding": "gzip"], body: form)
            #expect(login.status == 200 && login.text.contains("access_token"))
            let job = try await org.call("POST", "/jobs/ingest", body: #"{"object":"Lead","operation":"insert"}"#)
            let path = TestOrg.base + "/jobs/ingest/\(try #require(job.object["id"] as? String))/batches"
            let rows = Self.packed("LastName,Company\na,b\n")
            let sent = try await client(org).send(
                "PUT", path, token: org.token, headers: ["Content-Type": "text/csv", "Content-Encoding": "gzip"], body: rows)
            #expect(sent.status == 201)
        }
    }

    @Test("a body that is not what it says, breaks off, grows without end or is packed otherwise is refused in Salesforce's form")
    func refusals() async throws {
        try await TestOrg.with { org in
            let good = Self.packed(#"{"Name":"n"}"#)
            var damaged = good
            damaged[good.count - 6] ^= 0xFF
            let bomb = Self.packed(String(repeating: " ", count: 21 * 1024 * 1024))
            let bodies: [(String, [UInt8], Int, String)] = [
                ("gzip", Array(#"{"Name":"n"}"#.utf8), 400, "INVALID_CONTENT"), ("gzip", Array(good.dropLast(9)), 400, "INVALID_CONTENT"),
                ("gzip", damaged, 400, "INVALID_CONTENT"), ("deflate", [1, 2, 3], 400, "INVALID_CONTENT"),
                ("gzip", [0x1F], 400, "INVALID_CONTENT"),
                ("gzip", bomb, 413, "REQUEST_TOO_LARGE"), ("br", good, 415, "UNSUPPORTED_MEDIA_TYPE"),
            ]
            for (coding, body, status, code) in bodies {
                let answer = try await client(org).send(
                    "POST", TestOrg.base + "/sobjects/Account", token: org.token,
                    headers: ["Content-Type": "application/json", "Content-Encoding": coding], body: body)
                let error = (try JSONSerialization.jsonObject(with: Data(answer.body)) as? [[String: Any]])?.first
                #expect(answer.status == status && error?["errorCode"] as? String == code, "\(coding) \(answer.text)")
            }
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 300)
        }
    }

    @Test("a gzip body that breaks off ends in order, and cannot be unpacked")
    func truncated() async throws {
        try await TestOrg.with { org in
            let job = TestOrg.base + "/jobs/query/\(try await org.bulk("SELECT Id, Name, Description FROM Account"))/results"
            #expect(try await org.call("POST", "/sandbox/trouble", body: #"{"kind":"truncate_gzip","count":3}"#).status == 204)
            for (path, count) in [(job, 512), (TestOrg.base + "/sobjects/Account/describe", 512), (TestOrg.base + "/nothing", nil)]
                as [(String, Int?)]
            {
                #expect(try await ask(org, path, accept: "identity").headers["content-encoding"] == nil)
                let answer = try await ask(org, path, accept: "gzip")
                #expect(answer.isWhole && answer.headers["content-encoding"] == "gzip" && answer.body.count == count ?? answer.body.count)
                #expect(throws: Inflater.Failure.malformed) { try Inflater.inflate(answer.body, .gzip, limit: .max) }
            }
            let whole = try await ask(org, job, accept: "gzip")
            #expect(throws: Never.self) { try Inflater.inflate(whole.body, .gzip, limit: .max) }
        }
    }
}
