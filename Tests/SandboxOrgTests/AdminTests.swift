import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg

@Suite("The sandbox's own endpoints")
struct AdminTests {
    @Test("a mutation changes, makes and deletes as many as asked, the same ones for the same seed")
    func mutate() async throws {
        let body =
            #"{"object":"Account","update":{"count":30,"field":"Phone","value":"+1 555 %d"},"insert":{"count":5,"fields":{"Name":"New %d","External_Id__c":"M-%d"}},"delete":{"count":10},"seed":7}"#
        var seen: [[String]] = []
        for _ in 0..<2 {
            try await TestOrg.with { org in
                let answer = try await org.call("POST", "/sandbox/mutate", body: body).object
                let updated = try #require(answer["updated"] as? [String])
                let inserted = try #require(answer["inserted"] as? [String])
                let deleted = try #require(answer["deleted"] as? [String])
                #expect(updated.count == 30 && inserted.count == 5 && deleted.count == 10)
                #expect(Set(updated + inserted + deleted).count == 45)
                seen.append(updated + deleted)
                let changed = try await org.query("SELECT Id FROM Account WHERE SystemModstamp >= 2025-06-01T00:00:00Z", all: true)
                #expect(Set(changed.records.compactMap { $0["Id"] as? String }) == Set(updated + inserted + deleted))
                let phones = try await org.query("SELECT Id FROM Account WHERE Phone LIKE '+1 555 %'").records
                #expect(phones.count == 30)
                let again = try await org.call("POST", "/sandbox/mutate", body: body)
                #expect(again.status == 200, "\(again.text)")
            }
        }
        #expect(seen[0] == seen[1])
    }

    @Test("nearly all records can be deleted, and no more than there are")
    func deleteAll() async throws {
        try await TestOrg.with { org in
            let answer = try await org.call("POST", "/sandbox/mutate", body: #"{"object":"Lead","delete":{"count":500}}"#).object
            #expect((answer["deleted"] as? [String])?.count == 20)
            #expect(try await org.query("SELECT COUNT() FROM Lead").object["totalSize"] as? Int == 0)
        }
    }

    @Test("stats count requests by kind, and the writes of clients but not the sandbox's own")
    func stats() async throws {
        try await TestOrg.with { org in
            _ = try await org.call(
                "POST", "/sandbox/mutate", body: #"{"object":"Account","update":{"count":9,"field":"Phone","value":"1"}}"#)
            let body = #"{"records":[{"attributes":{"type":"Account"},"Name":"a"},{"attributes":{"type":"Account"}}]}"#
            _ = try await org.call("POST", "/composite/sobjects", body: body)
            _ = try await org.query("SELECT Id FROM Account")
            let stats = try await org.call("GET", "/sandbox/stats").object
            let insert = ((stats["writes"] as? [String: Any])?["Account"] as? [String: Any])?["insert"] as? [String: Int]
            #expect(insert == ["calls": 1, "records": 1, "failed": 1])
            #expect(((stats["writes"] as? [String: Any])?["Account"] as? [String: Any])?.count == 1)
            let requests = try #require(stats["requests"] as? [String: Int])
            #expect(requests["query"] == 1 && requests["collections"] == 1 && requests["oauth"] == 1)
            #expect((stats["rows"] as? [String: Int])?["Account"] == 301)
        }
    }

    @Test("the checksum is that of the documented text")
    func hash() async throws {
        try await TestOrg.with { org in
            _ = try await org.call(
                "POST", "/sandbox/mutate",
                body: #"{"object":"Account","update":{"count":20,"field":"Name","value":"ü, \"%d\""},"delete":{"count":5}}"#)
            let fields = ["Id", "Name", "AnnualRevenue", "Active__c", "SystemModstamp", "Customer_Since__c", "NumberOfEmployees"]
            let records = try await org.query("SELECT \(fields.joined(separator: ",")) FROM Account").records
            let rows = records.map { record in
                fields.map { field -> String in
                    let value = record[field]
                    switch field {
                    case "Active__c": return value as? Bool == true ? "true" : "false"
                    case "AnnualRevenue", "NumberOfEmployees":
                        // Whole numbers below 10^15 are their digits.
                        return (value as? NSNumber).map { String(Int64($0.doubleValue)) } ?? ""
                    case "SystemModstamp":
                        return (value as? String ?? "").replacing("T", with: " ").replacing(".000+0000", with: "")
                    default: return value as? String ?? ""
                    }
                }
            }
            let text = rows.sorted { $0[0].utf8.lexicographicallyPrecedes($1[0].utf8) }
                .map { $0.joined(separator: "\u{1F}") + "\u{1E}" }.joined()
            let expected = SHA256.hexadecimal(SHA256.hash(Array(text.utf8)))
            let answer = try await org.call("GET", "/sandbox/hash?object=Account&fields=\(fields.joined(separator: ","))").object
            #expect(answer["sha256"] as? String == expected)
            #expect(answer["rows"] as? Int == 295)
        }
    }

    @Test("the export holds every live row")
    func export() async throws {
        try await TestOrg.with { org in
            let csv = readCSV(try await org.call("GET", "/sandbox/export.csv?object=Contact&fields=Id,Name").text)
            #expect(csv.count == 101 && csv.first == ["Id", "Name"])
            #expect(try await org.call("GET", "/sandbox/export.csv?object=Nothing").status == 400)
            #expect(try await org.call("GET", "/sandbox/hash?object=Contact&fields=Nothing").status == 400)
        }
    }
}
