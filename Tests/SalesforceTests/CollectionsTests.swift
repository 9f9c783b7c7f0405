import RawHTTPServer
import Salesforce
import Testing

@Suite("sObject Collections", .timeLimit(.minutes(20)))
struct CollectionsTests {
    @Test("an insert writes every kind of value, in order, and results come in the order of the records")
    func insert() async throws {
        let org = try ScriptedOrg { _ in
            ScriptedOrg.json(
                #"[{"id":"001xx","success":true,"errors":[]},"#
                    + #"{"success":false,"errors":[{"statusCode":"DUPLICATE_VALUE","message":"duplicate value found","fields":["X__c"]}]}]"#
            )
        }
        let record = RecordWrite(fields: [
            .init("Name", .string("A \"quoted\" \\ line\nbreak é🙂 \u{1}")), .init("Active__c", .bool(true)),
            .init("Amount__c", .number("-12.50e3")),
            .init("Gone__c", .null),
            .init("ParentId", .parentReference(relationship: "Parent", externalField: "Ext__c", value: .string("A-1"))),
            .init("OwnerId", .parentReference(relationship: "Owner", externalField: "Ext__c", value: .number("7"), type: "User")),
        ])
        let results = try await org.client().insert("Account", [record, RecordWrite(fields: [])])
        let request = try #require(org.requests.first)
        #expect(request.method == "POST" && request.target == "/services/data/v60.0/composite/sobjects")
        #expect(request.header("Content-Type") == "application/json; charset=UTF-8")
        #expect(
            request.text
                == #"{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"Name":"A \"quoted\" \\ line\nbreak é🙂 \u0001","Active__c":true,"#
                + #""Amount__c":-12.50e3,"Gone__c":null,"Parent":{"Ext__c":"A-1"},"Owner":{"attributes":{"type":"User"},"Ext__c":7}},"#
                + #"{"attributes":{"type":"Account"}}]}"#)
        #expect(results.map(\.success) == [true, false])
        #expect(results[0].id == "001xx" && results[1].error?.statusCode == "DUPLICATE_VALUE" && results[1].error?.fields == ["X__c"])
    }

    @Test("an update carries ids, and is refused without them")
    func update() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(#"[{"id":"001xx","success":true}]"#) }
        let results = try await org.client().update("Account", [RecordWrite(id: "001xx", fields: [.init("Name", .string("x"))])])
        #expect(results[0].success)
        #expect(org.requests[0].method == "PATCH" && org.requests[0].path == "/services/data/v60.0/composite/sobjects")
        #expect(org.requests[0].text == #"{"allOrNone":false,"records":[{"attributes":{"type":"Account"},"id":"001xx","Name":"x"}]}"#)
        let error = await failure { _ = try await org.client().update("Account", [RecordWrite(fields: [])]) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("an upsert names its key in the path and tells created from changed")
    func upsert() async throws {
        let org = try ScriptedOrg { _ in
            ScriptedOrg.json(#"[{"id":"001a","success":true,"created":true},{"id":"001b","success":true,"created":false}]"#)
        }
        let records = ["1", "2"].map { RecordWrite(fields: [.init("Ext__c", .string($0))]) }
        let results = try await org.client().upsert("Account", externalIDField: "Ext__c", records)
        #expect(org.requests[0].method == "PATCH" && org.requests[0].path == "/services/data/v60.0/composite/sobjects/Account/Ext__c")
        #expect(results.map(\.created) == [true, false])
    }

    @Test("a delete lists its ids, and one that is gone already is known as such")
    func delete() async throws {
        let org = try ScriptedOrg { _ in
            ScriptedOrg.json(
                #"[{"id":"001","success":true,"errors":[]},{"id":"002","success":false,"errors":[{"statusCode":"ENTITY_IS_DELETED","message":"entity is deleted","fields":[]}]}]"#
            )
        }
        let ids = try ["005Hs00000BkK19", "7505G00000ijiDF"].map { try #require(SalesforceID($0)) }
        let results = try await org.client().delete(ids)
        #expect(org.requests[0].method == "DELETE")
        #expect(
            org.requests[0].target == "/services/data/v60.0/composite/sobjects?ids=005Hs00000BkK19IAF,7505G00000ijiDFQAY&allOrNone=false")
        #expect(results[1].error?.isAlreadyDeleted == true && results[0].error == nil)
    }

    @Test("more records than Salesforce takes, names that are none and numbers that are none never leave")
    func refused() async throws {
        let org = try ScriptedOrg()
        let client = org.client()
        let records = Array(repeating: RecordWrite(fields: []), count: 201)
        #expect(await failure { _ = try await client.insert("Account", records) }?.code == .invalidRequest)
        for field in [
            RecordWrite.Field("a\":1,\"b", .null), .init("N__c", .number("NaN")), .init("N__c", .number("1,5")), .init("N__c", .number("")),
        ] {
            let error = await failure { _ = try await client.insert("Account", [RecordWrite(fields: [field])]) }
            #expect(error?.code == .invalidRequest)
        }
        #expect(try await client.insert("Account", []).isEmpty)
        #expect(org.requests.isEmpty)
    }

    @Test("a list of results of another length than the records' is not believed")
    func lengths() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(#"[{"id":"001a","success":true}]"#) }
        let records = Array(repeating: RecordWrite(fields: []), count: 2)
        let error = await failure { _ = try await org.client().insert("Account", records) }
        #expect(error?.code == .notJSON && error?.mayHaveBeenApplied == true && error?.message.contains("1 results for 2 records") == true)
    }

    @Test(
        "errors of records are classified, and told in words with what to do",
        arguments: [
            ("UNABLE_TO_LOCK_ROW", RetryClass.backOff), ("TOO_MANY_APEX_REQUESTS", .backOff),
            ("STORAGE_LIMIT_EXCEEDED", .organizationLimit),
            ("INVALID_FIELD_FOR_INSERT_UPDATE", .schemaChanged), ("REQUIRED_FIELD_MISSING", .never), ("DUPLICATE_VALUE", .never),
            ("NEW_CODE", .never),
        ])
    func recordErrors(code: String, retry: RetryClass) {
        let error = RecordRefusal(statusCode: code, message: "in Salesforce's words", fields: ["Name"])
        #expect(error.retry == retry && error.isRetryable == (retry == .backOff || retry == .organizationLimit))
        #expect(error.humanMessage.hasPrefix(code + ": in Salesforce's words [Name]"))
        #expect(error.humanMessage.contains(" – ") == (code != "NEW_CODE"))
    }
}
