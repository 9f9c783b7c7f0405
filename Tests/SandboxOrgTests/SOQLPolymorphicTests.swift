import Foundation
import Testing

@testable import SandboxBytes
@testable import SandboxOrg
@testable import SandboxStore

@Suite("SOQL: polymorphic relationships")
struct SOQLPolymorphicTests {
    /// Visits that belong to an account or a deal, and are owned by a user or a group.
    private static let schema = """
        {"objects": [
          {"name": "User", "keyPrefix": "005", "rows": 3, "fields": [
            {"name": "Username", "type": "string", "nillable": false, "unique": true, "generate": {"kind": "sequence", "prefix": "u"}},
            {"name": "FirstName", "type": "string"}, {"name": "LastName", "type": "string"}, {"name": "Email", "type": "email"},
            {"name": "Name", "type": "string", "nameField": true, "generate": {"kind": "sequence", "prefix": "User "}}]},
          {"name": "Group", "keyPrefix": "00G", "rows": 2, "fields": [
            {"name": "Name", "type": "string", "nameField": true, "generate": {"kind": "sequence", "prefix": "Group "}}]},
          {"name": "Account", "keyPrefix": "001", "rows": 3, "fields": [
            {"name": "Name", "type": "string", "nameField": true, "generate": {"kind": "sequence", "prefix": "Account "}},
            {"name": "Phone", "type": "phone"}]},
          {"name": "Deal__c", "keyPrefix": "a00", "rows": 3, "fields": [
            {"name": "Name", "type": "string", "nameField": true, "generate": {"kind": "sequence", "prefix": "Deal "}},
            {"name": "Amount__c", "type": "currency", "precision": 16, "scale": 2}]},
          {"name": "Visit__c", "keyPrefix": "a01", "rows": 0, "fields": [
            {"name": "Name", "type": "string", "nameField": true},
            {"name": "OwnerId", "type": "reference", "referenceTo": ["Group", "User"], "relationshipName": "Owner"},
            {"name": "WhatId", "type": "reference", "referenceTo": ["Account", "Deal__c"], "relationshipName": "What",
              "childRelationshipName": "Visits"}]}]}
        """

    private func with(_ body: (TestOrg) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "schema-\(UUID().uuidString).json")
        try Data(Self.schema.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        var options = SandboxOptions()
        options.schemaPath = file.path
        try await TestOrg.with(options) { org in
            for (name, owner, what) in [
                ("a", "User/0", "Account/1"), ("b", "Group/1", "Deal__c/2"), ("c", "Group/0", "Deal__c/2"), ("d", "User/0", ""),
            ] {
                var members = ["Name": name, "OwnerId": try await id(owner, org)]
                if !what.isEmpty { members["WhatId"] = try await id(what, org) }
                let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
                let answer = try await org.call("POST", "/sobjects/Visit__c", body: body)
                #expect(answer.status == 201, "\(answer.text)")
            }
            let account = try await id("Account/1", org)
            #expect(try await org.call("PATCH", "/sobjects/Account/\(account)", body: #"{"Phone":"123"}"#).status == 204)
            let deal = try await id("Deal__c/2", org)
            #expect(try await org.call("PATCH", "/sobjects/Deal__c/\(deal)", body: #"{"Amount__c":5.5}"#).status == 204)
            try await body(org)
        }
    }

    private func id(_ place: String, _ org: TestOrg) async throws -> String {
        let parts = place.split(separator: "/")
        let row = try #require(parts.last.flatMap { Int($0) })
        let records = try await org.query("SELECT Id FROM \(parts[0]) ORDER BY Id LIMIT 1 OFFSET \(row)").records
        return try #require(records.first?["Id"] as? String)
    }

    @Test("a relationship to several objects leads to a Name, of whatever object the record is")
    func name() async throws {
        try await with { org in
            let rows = try await org.query(
                "SELECT Name, Owner.Name, Owner.Type, Owner.Email, What.Name, What.Type FROM Visit__c ORDER BY Name"
            )
            .records
            let owners = rows.compactMap { $0["Owner"] as? [String: Any] }
            // The administrator has the credentials' name, and no group has an email.
            #expect(owners.compactMap { $0["Type"] as? String } == ["User", "Group", "Group", "User"])
            #expect((owners[1]["Name"] as? String)?.hasPrefix("Group") ?? false)
            #expect(owners[1]["Email"] is NSNull && owners[0]["Email"] as? String == SandboxCredentials.username)
            let attributes = try #require(owners[1]["attributes"] as? [String: String])
            #expect(attributes["type"] == "Name")
            #expect(attributes["url"]?.hasPrefix("/services/data/v60.0/sobjects/Group/00G") ?? false)
            #expect(rows[3]["What"] is NSNull)
            #expect((rows[0]["What"] as? [String: Any])?["Type"] as? String == "Account")
        }
    }

    @Test("conditions, orders, groups and bulk columns follow it too")
    func conditions() async throws {
        try await with { org in
            #expect(try await org.query("SELECT Id FROM Visit__c WHERE What.Type = 'Deal__c'").records.count == 2)
            #expect(try await org.query("SELECT Id FROM Visit__c WHERE Owner.Type IN ('User') AND What.Type = null").records.count == 1)
            let ordered = try await org.query("SELECT Name FROM Visit__c ORDER BY Owner.Type, Name DESC").records
            #expect(ordered.compactMap { $0["Name"] as? String } == ["c", "b", "d", "a"])
            let groups = try await org.query("SELECT Owner.Type, COUNT(Id) n FROM Visit__c GROUP BY Owner.Type ORDER BY Owner.Type").records
            #expect(groups.compactMap { $0["n"] as? Int } == [2, 2])
            let job = try await org.bulk("SELECT Name, What.Type, Owner.Email FROM Visit__c")
            let rows = readCSV(try await org.get("/jobs/query/\(job)/results").text)
            #expect(rows[0] == ["Name", "What.Type", "Owner.Email"])
            #expect(rows[2] == ["b", "Deal__c", ""] && rows[4] == ["d", "", SandboxCredentials.username])
        }
    }

    @Test("TYPEOF selects by what the record is")
    func typeOf() async throws {
        try await with { org in
            let rows = try await org.query(
                "SELECT Name, TYPEOF What WHEN Account THEN Phone, Name WHEN Deal__c THEN Amount__c END FROM Visit__c ORDER BY Name"
            ).records
            let account = try #require(rows[0]["What"] as? [String: Any])
            #expect(Set(account.keys) == ["attributes", "Phone", "Name"] && account["Phone"] as? String == "123")
            #expect((account["attributes"] as? [String: String])?["type"] == "Account")
            let deal = try #require(rows[1]["What"] as? [String: Any])
            #expect(Set(deal.keys) == ["attributes", "Amount__c"] && deal["Amount__c"] as? Double == 5.5)
            #expect(rows[3]["What"] is NSNull)
            let otherwise = try await org.query(
                "SELECT TYPEOF What WHEN Account THEN Phone ELSE Name, Type END FROM Visit__c ORDER BY Name"
            )
            .records
            #expect((otherwise[1]["What"] as? [String: Any])?["Type"] as? String == "Deal__c")
        }
    }

    @Test(
        "what a Name does not have is refused",
        arguments: [
            ("SELECT Owner.Phone__c FROM Visit__c", "INVALID_FIELD", "No such column 'Phone__c' on entity 'Name'"),
            ("SELECT What.Amount__c FROM Visit__c", "INVALID_FIELD", "No such column 'Amount__c' on entity 'Name'"),
            ("SELECT What.Owner.Name FROM Visit__c", "INVALID_FIELD", "Didn't understand relationship 'Owner'"),
            ("SELECT TYPEOF What WHEN User THEN Id END FROM Visit__c", "INVALID_TYPE", "User is not a type"),
            ("SELECT TYPEOF What WHEN Account THEN Amount__c END FROM Visit__c", "INVALID_FIELD", "on entity 'Account'"),
            ("SELECT TYPEOF Name WHEN Account THEN Id END FROM Visit__c", "INVALID_FIELD", "relationship 'Name'"),
            ("SELECT TYPEOF What ELSE Name END FROM Visit__c", "MALFORMED_QUERY", "unexpected token: 'ELSE'"),
        ])
    func refusals(query: String, code: String, text: String) async throws {
        try await with { org in
            let answer = try await org.query(query)
            #expect(answer.errorCode == code)
            #expect(answer.errorMessage?.contains(text) ?? false, "\(answer.text)")
        }
    }

    @Test("children are those of this object alone")
    func children() async throws {
        try await with { org in
            let deals = try await org.query("SELECT Id, (SELECT Name FROM Visits ORDER BY Name) FROM Deal__c ORDER BY Id").records
            let visits = deals.map { ($0["Visits"] as? [String: Any])?["records"] as? [[String: Any]] ?? [] }
            #expect(visits.map(\.count) == [0, 0, 2])
            let accounts = try await org.query("SELECT Id, (SELECT Name FROM Visits) FROM Account ORDER BY Id").records
            #expect(accounts.map { ($0["Visits"] as? [String: Any])?["totalSize"] as? Int ?? 0 } == [0, 1, 0])
        }
    }

    @Test("Bulk 1.0 has TYPEOF in JSON and in no other form")
    func bulk() async throws {
        try await with { org in
            let client = AsyncClient(org: org)
            let query = "SELECT Name, TYPEOF What WHEN Account THEN Phone WHEN Deal__c THEN Amount__c END FROM Visit__c ORDER BY Name"
            let rows = try await client.rows(try await client.run("query", query, "Visit__c")).list
            let types = rows.map { (($0["What"] as? [String: Any])?["attributes"] as? [String: Any])?["type"] as? String }
            #expect(types == ["Account", "Deal__c", "Deal__c", nil])
            for form in ["CSV", "XML"] {
                #expect(try await client.state(try await client.run("query", query, "Visit__c", form)).state == "Failed")
            }
        }
    }
}
