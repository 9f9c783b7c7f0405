import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import SandboxBulk
@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxHTTP
@testable import SandboxLogin
@testable import SandboxOrg
@testable import SandboxQuery
@testable import SandboxREST
@testable import SandboxStore

@Suite("Fuzz: parsers")
struct ParserFuzzTests {
    private static let queries = [
        "SELECT Id, Owner.Name, toLabel(Industry) FROM Account a WHERE (Name LIKE 'A%' OR a.Industry IN ('A','B')) AND NOT AnnualRevenue >= 1e6 "
            + "ORDER BY Name DESC NULLS LAST, Id LIMIT 10 OFFSET 5",
        "SELECT Id, (SELECT LastName, Account.Name FROM Contacts WHERE CreatedDate > LAST_N_DAYS:30 ORDER BY LastName LIMIT 2) FROM Account "
            + "USING SCOPE mine WITH SECURITY_ENFORCED LIMIT 5 FOR VIEW",
        "SELECT Industry, CALENDAR_YEAR(CreatedDate) y, COUNT(Id) n, FORMAT(MAX(AnnualRevenue)) FROM Account WHERE Id IN (SELECT AccountId FROM "
            + "Contact WHERE Email != null) GROUP BY ROLLUP(Industry, CALENDAR_YEAR(CreatedDate)) HAVING COUNT(Id) > 1 AND GROUPING(Industry) = 0 "
            + "ORDER BY COUNT(Id) DESC LIMIT 20",
        "SELECT FIELDS(ALL) FROM Contact WHERE Birthdate < 1990-01-31 AND SystemModstamp >= 2024-01-01T00:00:00.000+01:00 LIMIT 200",
        "SELECT COUNT() FROM Account WHERE Interests__c INCLUDES ('Software;Services','Training') AND DAY_ONLY(CreatedDate) = 2023-05-05",
        "SELECT Id, DISTANCE(BillingAddress, GEOLOCATION(37.775,-122.418), 'mi') FROM Account WHERE DISTANCE(BillingAddress, "
            + "GEOLOCATION(37.775,-122.418), 'km') < 1e3 ORDER BY DISTANCE(BillingAddress, GEOLOCATION(37.775,-122.418), 'mi')",
        "SELECT TYPEOF Owner WHEN User THEN Name, Email ELSE Name END, Name FROM Account WHERE Name = 'O\\'Brien \\u0041\\n\\\\' AND IsDeleted = FALSE",
    ]
    private static let words = [
        " AND ", " OR ", " NOT ", "(", ")", ",", "'", "\\", ".", ":", "=", "!=", "<", "%", "null", "SELECT ", "FROM ", "WHERE ",
        "GROUP BY ",
        "COUNT(", "-1", "1e308", "9999999999999999999", "LAST_N_YEARS:9999", "NEXT_N_DAYS:", "THIS_FISCAL_QUARTER", "2024-02-30",
        "4000-12-31",
        "1700-01-01T00:00:00Z", "Id", "Name", "AccountId", "Account.", "Owner.", "Account.Account.", "\u{0}", "é", "\u{1F600}", "\\u",
        "\\uD800",
        "LIMIT 0", "OFFSET 2000", "FIELDS(CUSTOM)", "TYPEOF ", " END", "((((((((((", "NULLS FIRST", "convertTimezone(", "0", "''",
    ]

    private static let org: Org? = {
        guard
            let built = try? SchemaBuilder(document: SchemaDocument.builtIn(), rows: ["Account": 60, "Contact": 40], seed: 3).build()
        else { return nil }
        return Org(schema: built.schema, rows: built.rows, seed: 3, clock: { 1_790_000_000 })
    }()

    @Test("a query is answered or refused, and what is found keeps to its limit")
    func soql() async throws {
        let org = try #require(Self.org)
        let faults = BulkFaults(seed: 1)
        let routes = QueryRoutes(org: org, cursors: QueryCursors(), faults: faults)
        var mutator = Mutator(samples: Self.queries, words: Self.words, salt: 1, changes: 2)
        var answered = 0
        for _ in 0..<Mutator.rounds(1000) {
            let query = mutator.text()
            do throws(SOQLError) {
                let plan = try QueryPlan.make(query, schema: org.schema, includesDeleted: mutator.number(2) == 0, now: org.clock())
                let rows = await QueryRunner(plan: plan, org: org).run()
                #expect(rows.count <= plan.limit ?? .max, "\(query)")
                answered += 1
            } catch {
                #expect(!error.code.isEmpty && !error.message.isEmpty)
            }
            let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            for target in ["/services/data/v60.0/query?q=\(escaped)", "/services/data/v60.0/query?explain=\(escaped)"] {
                let call = APICall(call: Call(method: .get, target: target, headers: [:], body: []), version: 60, user: 0)
                do throws(OrgError) {
                    let reply = try await routes.respond(call, includesDeleted: false)
                    guard case .bytes(let buffer) = reply.body else { continue }
                    let isJSON = (try? JSONSerialization.jsonObject(with: Data(buffer.readableBytesView))) != nil
                    #expect(isJSON, "\(query)")
                } catch {
                    #expect(error.status.code == 400, "\(query)")
                }
            }
        }
        #expect(answered > Mutator.rounds(20))
    }

    @Test("a JSON text that is read means the same when it is written and read again")
    func json() throws {
        let samples = [
            #"{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"Name":"a\"\\\/\b\f\n\r\tA😀","N":-1.5e-7,"B":true,"C":null}]}"#,
            "[[[[1,2.0,3e9]],{}],\"\",[],{\"a\":{\"b\":[null]}}]", "\"\\ud83d\\ude00 \\u0000\"", " -0.0 ",
        ]
        var mutator = Mutator(
            samples: samples,
            words: ["{", "}", "[", "]", ":", ",", "\"", "\\u", "\\uD83D", "1e999", "-", "null", "tru", "[[[[[[[[[[[[[[[["],
            salt: 2)
        var read = 0
        for _ in 0..<Mutator.rounds(6000) {
            let bytes = mutator.next()
            do throws(JSONError) {
                let value = try JSONParser.parse(bytes)
                var writer = JSONWriter()
                writer.value(value)
                let again = try JSONParser.parse(writer.bytes.array)
                #expect(again == value, "\(String(decoding: bytes, as: UTF8.self))")
                read += 1
            } catch {
                #expect(error.line > 0 && error.column > 0)
            }
        }
        #expect(read > Mutator.rounds(150))
    }

    @Test("an upload's rows mean the same when they are quoted and read again")
    func csv() throws {
        let samples = [
            "Id,Name,\"A \"\"quoted\"\" one\"\n1,\"line\nbreak\",\n2,,#N/A\n", "\u{FEFF}a;b\r\n\"x\";\"\"\r\n", "a\n\n\nb\n\"\"\n",
            "a|b^c`d\te\n",
        ]
        var mutator = Mutator(samples: samples, words: ["\"", "\"\"", ",", ";", "\r\n", "\n", "\r", "\t", "|", "#N/A", "\u{0}"], salt: 3)
        var read = 0
        for _ in 0..<Mutator.rounds(6000) {
            let bytes = mutator.next()
            let dialect = CSVDialect(
                delimiterName: mutator.pick(CSVDialect.delimiters.keys.sorted()), lineEnding: mutator.pick(["LF", "CRLF"]))
            do throws(CSVError) {
                let rows = try Self.rows(bytes, dialect)
                var writer = ByteWriter()
                for row in rows {
                    for (index, field) in row.enumerated() {
                        if index > 0 { writer.append(dialect.delimiter) }
                        writer.append(.text(field), prefixes: [], style: .bulkCSV)
                    }
                    dialect.endLine(&writer)
                }
                let again = try Self.rows(writer.array, dialect)
                #expect(again == rows, "\(String(decoding: bytes, as: UTF8.self))")
                read += 1
            } catch {
                #expect(!error.message.isEmpty)
            }
        }
        #expect(read > Mutator.rounds(150))
    }

    private static func rows(_ bytes: [UInt8], _ dialect: CSVDialect) throws(CSVError) -> [[String]] {
        var reader = CSVReader(bytes: bytes, dialect: dialect)
        var rows: [[String]] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    @Test("an XML document is read or refused, and what was read is the same when it is written and read again")
    func xml() throws {
        let samples = [
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><a xmlns=\"urn:x\"><b c='1' d=\"&lt;&#x41;\">t &amp; <![CDATA[<&]]>\r\n</b><!-- c --><e/></a>",
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><n:login xmlns:n=\"urn:partner.soap.sforce.com\">"
                + "<n:username>u</n:username></n:login></e:Body></e:Envelope>",
            "<sObjects xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><sObject><Name xsi:nil=\"true\"/><A>é</A></sObject></sObjects>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", String(repeating: "<a>", count: 70),
        ]
        let words = [
            "<", ">", "</", "/>", "&", ";", "&#0;", "&#x110000;", "]]>", "<![CDATA[", "<!--", "-->", "xmlns", ":", "=", "\"", "\u{0}", "?>",
        ]
        var mutator = Mutator(samples: samples, words: words, salt: 7, changes: 2)
        var read = 0
        for _ in 0..<Mutator.rounds(6000) {
            let bytes = mutator.next()
            do throws(XMLError) {
                let document = try XMLReader.read(bytes)
                var writer = XMLWriter(isIndented: false)
                Self.write(document, &writer)
                let again = try XMLReader.read(writer.bytes.array)
                #expect(Self.plain(again) == Self.plain(document), "\(String(decoding: bytes, as: UTF8.self))")
                read += 1
            } catch {
                #expect(!error.message.isEmpty && error.line > 0)
            }
        }
        #expect(read > Mutator.rounds(150))
    }

    /// Without namespaces, and with the text before the children.
    private static func write(_ element: XMLElement, _ writer: inout XMLWriter) {
        writer.element(element.name) { writer in
            writer.append(escaping: element.text)
            for child in element.children { write(child, &writer) }
        }
    }

    private static func plain(_ element: XMLElement) -> XMLElement {
        XMLElement(name: element.name, namespace: "", children: element.children.map(plain), text: element.text)
    }

    @Test("an assertion that was changed is not believed, whatever was changed")
    func jwt() throws {
        let key = try #require(PublicKey(pem: JWTFixtures.certificate))
        let bearer = JWTBearer(key: key, now: 1_790_000_000, instanceURL: "http://127.0.0.1")
        #expect(throws: Never.self) { try bearer.check(JWTFixtures.good) }
        func decoded(_ text: String) -> [Data?] {
            text.split(separator: ".", omittingEmptySubsequences: false).map { part in
                let plain = part.replacing("-", with: "+").replacing("_", with: "/")
                return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
            }
        }
        let none = "eyJhbGciOiJub25lIn0." + (JWTFixtures.good.split(separator: ".").dropFirst().first ?? "") + "."
        var mutator = Mutator(
            samples: [JWTFixtures.good, JWTFixtures.numeric, none], words: [".", "=", "-", "_", "eyJ", "e30", "\u{0}", "AAAA"], salt: 4)
        let good = [decoded(JWTFixtures.good), decoded(JWTFixtures.numeric)]
        for _ in 0..<Mutator.rounds(1000) {
            let assertion = mutator.text()
            do throws(JWTBearer.Refusal) {
                try bearer.check(assertion)
                // Base64 has spare bits at its end, which say nothing.
                #expect(good.contains(decoded(assertion)), "\(assertion)")
            } catch {
                #expect(!error.error.isEmpty && !error.description.isEmpty)
            }
        }
    }

    @Test("certificates, dates, times, ids, forms and numbers of any kind are read or not, and that is all")
    func smallTexts() throws {
        var certificates = Mutator(samples: [JWTFixtures.certificate], words: ["-----BEGIN CERTIFICATE-----", "MIID", "=", "\n"], salt: 5)
        var keys = 0
        for _ in 0..<Mutator.rounds(500) { if PublicKey(pem: certificates.text()) != nil { keys += 1 } }
        #expect(keys < Mutator.rounds(500))
        let samples = [
            "2024-01-31T10:22:00.123+01:00", "10:22:00.000Z", "Fri, 14 Aug 2020 20:53:02 GMT", "001Sb0000000001AAA", "a=1&b=%20+%zz&&c",
            "-1.5e-300",
            "9007199254740993", "LAST_N_DAYS:5", "%2B%00%ff",
        ]
        var mutator = Mutator(samples: samples, words: ["-", ":", "T", "Z", "+", "%", "0", "99999999", "e", "é"], salt: 6)
        for _ in 0..<Mutator.rounds(6000) {
            let text = mutator.text()
            if let time = TimeParser.datetime(text) {
                #expect(TimeParser.datetime(CivilTime.restText(time)) == time || time < 0, "\(text)")
            }
            if let time = HTTPDate.parse(text) { #expect(abs((HTTPDate.parse(HTTPDate.text(time)) ?? .max) - time) == 0, "\(text)") }
            if let parts = RecordIDText.parse(text), parts.instance == Array("Sb0".utf8), parts.number > 0 {
                let written = RecordIDText.text(prefix: parts.prefix, number: parts.number)
                #expect(written.prefix(15).lowercased() == text.prefix(15).lowercased(), "\(text)")
            }
            _ = Call.form(text)
            if let number = Double(text), number.isFinite {
                var writer = ByteWriter()
                writer.append(decimal: DecimalText(number), style: .restJSON)
                #expect(Double(writer.string) == number, "\(text)")
            }
        }
    }
}
