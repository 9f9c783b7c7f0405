import Foundation
import RawHTTPServer
import Salesforce
import Testing

@Suite("Query pages", .timeLimit(.minutes(20)))
struct QueryPageScannerTests {
    /// The records of a page as rows of texts.
    static func rows(_ json: [UInt8], _ fields: [String]) throws -> ([[String?]], QueryPageEnvelope) {
        var scanner = QueryPageScanner(fields: fields)
        var rows: [[String?]] = []
        let envelope = try json.withUnsafeBufferPointer { bytes in
            try scanner.scan(bytes) { record in rows.append(fields.indices.map { record.string($0) }) }
        }
        return (rows, envelope)
    }

    static func rows(_ json: String, _ fields: [String]) throws -> ([[String?]], QueryPageEnvelope) {
        try rows(Array(json.utf8), fields)
    }

    @Test("slots stand in the order of the fields, whatever the order of the keys")
    func order() throws {
        let page = """
            {"totalSize": 2, "done": false, "nextRecordsUrl": "/services/data/v60.0/query/01g-2000", "records": [
              {"attributes": {"type": "Account", "url": "/x"}, "Id": "1", "Name": "a", "Active__c": true, "Amount__c": 950000000.0},
              {"Amount__c" : -1.5e3 , "Unknown__c":[{"a":[1,{}]},null], "Active__c":false,"Name" : null,"Id":"2"} ] }
            """
        let (rows, envelope) = try Self.rows(page, ["Amount__c", "Id", "Name", "Active__c", "Missing__c"])
        #expect(rows == [["950000000.0", "1", "a", "true", nil], ["-1.5e3", "2", nil, "false", nil]])
        #expect(envelope.totalSize == 2 && !envelope.done && envelope.nextRecordsUrl == "/services/data/v60.0/query/01g-2000")
    }

    @Test("parents' fields are reached by their path, and are null below a parent that is null")
    func parents() throws {
        let fields = ["Id", "Account__r.External_Id__c", "Account__r.Owner.Name", "Name", "Address"]
        let (rows, _) = try Self.rows(
            #"{"totalSize":3,"done":true,"records":["#
                + #"{"attributes":{},"Id":"1","Account__r":{"attributes":{"type":"A"},"External_Id__c":"E-1","Owner":{"attributes":{},"Name":"O"}},"Name":"n"},"#
                + #"{"Id":"2","Account__r":null,"Name":"m"},{"Id":"3","Account__r":{"Owner":null,"External_Id__c":"E-3"},"Address":{"city":"Ü"}}]}"#,
            fields)
        #expect(
            rows == [
                ["1", "E-1", "O", "n", nil], ["2", nil, nil, "m", nil], ["3", "E-3", nil, nil, #"{"city":"Ü"}"#],
            ])
    }

    @Test(
        "escapes become the characters they stand for",
        arguments: [
            (#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"), (#"\u00e9\u4e2d\uD83D\uDE42"#, "é中🙂"), (#"a\u0000b"#, "ab"),
            (#"\ud83dx"#, "\u{FFFD}x"),
            (#"\ude42"#, "\u{FFFD}"), (#"\ud83d\u0041"#, "\u{FFFD}A"), ("plain é 🙂", "plain é 🙂"), ("", ""),
        ])
    func escapes(json: String, text: String) throws {
        let (rows, _) = try Self.rows(#"{"totalSize":1,"done":true,"records":[{"Id":"\#(json)"}]}"#, ["Id"])
        #expect(rows == [[text]])
    }

    @Test("only texts with escapes need undoing")
    func rawBytes() throws {
        var scanner = QueryPageScanner(fields: ["A", "B"])
        let page = Array(#"{"totalSize":1,"done":true,"records":[{"A":"plain","B":"a\nb"}]}"#.utf8)
        _ = try page.withUnsafeBufferPointer { bytes in
            try scanner.scan(bytes) { record in
                #expect(record.slots.map(\.needsUnescape) == [false, true] && record.slots.allSatisfy { $0.kind == .string })
                #expect(String(decoding: record.raw(record.slots[1]), as: UTF8.self) == #"a\nb"#)
            }
        }
    }

    @Test(
        "malformed pages are refused with the offset of the byte that does not fit",
        arguments: [
            ("", 0), ("[]", 0), (#"{"totalSize":1,"done":true,"records":[{"Id":}]}"#, 44),
            (#"{"totalSize":1,"done":true,"records":[{"Id":"a}]}"#, 49),
            (#"{"totalSize":1,"done":true,"records":[{"Id":01}]}"#, 45), (#"{"totalSize":1,"done":true,"records":[{"Id":"\x"}]}"#, 45),
            (#"{"totalSize":1,"done":true,"records":[]} x"#, 41), (#"{"done":true}"#, 13),
            (#"{"totalSize":1,"done":false,"records":[]}"#, 41),
            (#"{"totalSize":1,"done":true,"records":[{"Id":1,}]}"#, 46), (#"{"totalSize":1,"done":true,"records":[{"Id":tru}]}"#, 44),
        ])
    func malformed(page: String, offset: Int) {
        #expect { try Self.rows(page, ["Id"]) } throws: { error in
            guard let error = error as? SalesforceError else { return false }
            return error.code == .notJSON && error.message.hasPrefix("the page is malformed at byte \(offset): expected ")
        }
    }

    @Test("nesting without end is refused instead of followed")
    func nesting() {
        let page = #"{"totalSize":1,"done":true,"x":"# + String(repeating: "[", count: 100_000)
        #expect(throws: SalesforceError.self) { try Self.rows(page, ["Id"]) }
    }

    @Test("what the visitor throws comes out unchanged, and the scanner can be used again")
    func visitorThrows() throws {
        struct Stop: Error {}
        var scanner = QueryPageScanner(fields: ["Id"])
        let page = Array(#"{"totalSize":1,"done":true,"records":[{"Id":"1"},{}]}"#.utf8)
        #expect(throws: Stop.self) { _ = try page.withUnsafeBufferPointer { try scanner.scan($0) { _ in throw Stop() } } }
        var seen: [String?] = []
        try page.withUnsafeBufferPointer { _ = try scanner.scan($0) { seen.append($0.string(0)) } }
        #expect(seen == ["1", nil])
    }

    @Test("generated pages read as JSONSerialization reads them", arguments: 0..<40)
    func oracle(seed: Int) throws {
        var generator = PageGenerator(seed: UInt64(seed))
        let fields = generator.fields()
        let page = generator.page(fields)
        let (rows, envelope) = try Self.rows(page, fields)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(page)) as? [String: Any])
        let records = try #require(object["records"] as? [[String: Any]])
        #expect(envelope.totalSize == object["totalSize"] as? Int && rows.count == records.count)
        for (row, record) in zip(rows, records) {
            for (text, field) in zip(row, fields) {
                #expect(text == Self.expected(field, in: record), "field \(field), seed \(seed)")
            }
        }
    }

    /// A value as JSONSerialization has it; numbers in the generated pages are whole, so that their text is known.
    private static func expected(_ path: String, in record: [String: Any]) -> String? {
        var value: Any? = record
        for name in path.split(separator: ".") { value = (value as? [String: Any])?[String(name)] }
        switch value {
        case let text as String: return text.replacing("\0", with: "")
        case let number as NSNumber:
            return String(cString: number.objCType) == "c" ? (number.boolValue ? "true" : "false") : number.stringValue
        default: return nil
        }
    }

    @Test("no truncation or mutation of a page makes the scanner crash or run on", arguments: 0..<20)
    func fuzz(seed: Int) throws {
        var generator = PageGenerator(seed: UInt64(1000 + seed))
        let fields = generator.fields()
        let page = generator.page(fields, records: 6)
        for _ in 0..<300 {
            var mutated = page
            for _ in 0..<Int.random(in: 0...4, using: &generator.random) {
                let position = Int.random(in: 0..<mutated.count, using: &generator.random)
                mutated[position] = generator.byte()
            }
            let count = Bool.random(using: &generator.random) ? mutated.count : Int.random(in: 0...mutated.count, using: &generator.random)
            // An exact allocation, so that a read past the end would be seen by the address sanitizer.
            let exact = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
            defer { exact.deallocate() }
            _ = exact.initialize(from: mutated[..<count])
            var scanner = QueryPageScanner(fields: fields)
            var text = 0
            do {
                try scanner.scan(UnsafeBufferPointer(exact)) { record in
                    for index in fields.indices { text += record.string(index)?.utf8.count ?? 0 }
                }
            } catch {
                #expect(error is SalesforceError)
            }
            #expect(text <= count * 3 * fields.count)
        }
    }

    @Test("pages are followed by their paths, with the batch size asked for, until done")
    func paging() async throws {
        let org = try ScriptedOrg { request in
            request.path.hasSuffix("/query/01gxx-2000")
                ? ScriptedOrg.json(#"{"totalSize":2,"done":true,"records":[{"attributes":{},"Id":"2"}]}"#)
                : ScriptedOrg.json(
                    #"{"totalSize":2,"done":false,"nextRecordsUrl":"/services/data/v60.0/query/01gxx-2000","records":[{"attributes":{},"Id":"1"}]}"#
                )
        }
        let client = org.client()
        var page: QueryPage? = try await client.query("SELECT Id FROM Account WHERE Name = 'a+b'", includeDeleted: true)
        #expect(page?.serverDate?.timeIntervalSince1970 == 1_645_224_274)
        var scanner = QueryPageScanner(fields: ["Id"])
        var ids: [String?] = []
        while let current = page {
            try scanner.scan(current) { ids.append($0.string(0)) }
            page = try await client.next(current)
        }
        #expect(ids == ["1", "2"])
        #expect(org.requests[0].target == "/services/data/v60.0/queryAll?q=SELECT%20Id%20FROM%20Account%20WHERE%20Name%20%3D%20%27a%2Bb%27")
        #expect(org.requests.allSatisfy { $0.header("Sforce-Query-Options") == "batchSize=2000" })
    }

    @Test("COUNT() is its total size")
    func count() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(#"{"totalSize":1505,"done":true,"records":[]}"#) }
        #expect(try await org.client().count("Contact", where: "IsDeleted = false") == 1505)
        #expect(org.requests[0].target.hasSuffix("?q=SELECT%20COUNT%28%29%20FROM%20Contact%20WHERE%20IsDeleted%20%3D%20false"))
    }

    @Test(
        "a page that is not one is a clear error", arguments: ["<html>maintenance</html>", #"{"totalSize":1,"done":false,"records":[]}"#])
    func notAPage(body: String) async throws {
        let org = try ScriptedOrg { _ in RawAnswer(200, headers: [("Content-Type", "text/html")], body) }
        let error = await failure { _ = try await org.client().query("SELECT Id FROM Account") }
        #expect(error?.code == .notJSON && error?.retry == .backOff && error?.message.contains(body.prefix(20)) == true)
    }
}
