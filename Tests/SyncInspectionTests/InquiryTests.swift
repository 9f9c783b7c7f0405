import Catalog
import Foundation
import HTTPTypes
import JobQueue
import Postgres
import Salesforce
import SandboxOrg
import SyncWorld
import Testing

@Suite("Questions to the org")
struct InquiryTests {
    @Test("a describe is kept for the API, with required fields and column types; an object that is not there is kept as that")
    func describe() async throws {
        try await SyncWorld.with(rows: [:]) { world in
            let version = try #require(try await world.catalog.connection(world.connectionID)).apiVersion
            let done = try await world.run(try .describe(world.connectionID, object: "contact", apiVersion: version))
            #expect(done.state == "completed", "\(done.text)")
            let stored = try #require(try await world.catalog.describe(world.connectionID, object: "Contact", apiVersion: version))
            let document = try JSONValue(parsing: try #require(stored.document))
            #expect(document["name"] == "Contact")
            let fields = try #require(document["fields"]?.elements)
            let lastName = try #require(fields.first { $0["name"] == "LastName" })
            #expect(lastName["required"] == true)
            #expect(lastName["column_type"] == "character varying(80)")
            #expect(fields.first { $0["name"] == "Id" }?["column_name"] == "sfid")
            #expect(fields.first { $0["type"] == "address" }?["unmappable_because"]?.string?.contains("components") == true)
            _ = try await world.run(try .describe(world.connectionID, object: "Nothing__c", apiVersion: version))
            let missing = try #require(try await world.catalog.describe(world.connectionID, object: "nothing__c", apiVersion: version))
            #expect(missing.document == nil)
        }
    }

    @Test("a diagnosis looks at the connection and every mapping, also while the connection is paused")
    func diagnose() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            _ = try await world.catalog.setConnectionState(world.connectionID, .paused)
            let inquiry = try await world.catalog.ask(.validation, of: world.connectionID, by: "test") {
                try .diagnose(world.connectionID, mapping: nil, inquiry: $0)
            }
            let done = try await world.finished(try #require(inquiry.jobID))
            #expect(done.state == "completed", "\(done.text)")
            let answer = try JSONValue(parsing: try #require(try await world.catalog.inquiry(inquiry.id)?.answer))
            #expect(answer["errors"] == [])
            #expect(answer["mappings"]?["Account"]?["errors"] == [])
            let passed = answer["mappings"]?["Account"]?["passes"]?.elements?.compactMap { $0["rule_id"]?.string } ?? []
            #expect(passed.contains("FIELDS_MUST_BE_VISIBLE") && passed.contains("SHOULD_HAVE_UPSERT_FIELD"))
        }
    }

    @Test("a mapping that nobody has made yet is diagnosed as it would be: its row filter is tried on the org, and nothing is made")
    func draft() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            func ask(_ config: String, _ object: String = "Account") async throws -> JSONValue {
                let draft = MappingDraft(objectName: object, config: try MappingConfig(json: config))
                let inquiry = try await world.catalog.ask(.validation, of: world.connectionID, by: "test") {
                    try .diagnose(world.connectionID, draft: draft, inquiry: $0)
                }
                let done = try await world.finished(try #require(inquiry.jobID))
                #expect(done.state == "completed", "\(done.text)")
                return try JSONValue(parsing: try #require(try await world.catalog.inquiry(inquiry.id)?.answer))
            }
            func rules(_ answer: JSONValue, _ list: String) -> [String] {
                (answer[list]?.elements ?? []).compactMap { $0["rule_id"]?.string }
            }
            let fine = try await ask(#"{"fields": {"Id": {}, "Name": {}}, "row_filter": "Name != null"}"#)
            #expect(fine["errors"] == [])
            #expect(rules(fine, "passes").contains("ROW_FILTER_MUST_BE_VALID"))
            let wrong = try await ask(#"{"access": "read_write", "fields": {"Id": {}, "Gone__c": {}}, "row_filter": "Nonsense__c = 1"}"#)
            #expect(rules(wrong, "errors").sorted() == ["FIELDS_MUST_BE_VISIBLE", "ROW_FILTER_MUST_BE_VALID"])
            #expect(rules(wrong, "warnings").contains("SHOULD_HAVE_UPSERT_FIELD"))
            #expect(rules(try await ask(#"{"fields": {"Id": {}}}"#, "Nothing__c"), "errors") == ["OBJECT_MUST_BE_VISIBLE"])
            #expect(try await world.catalog.mappings(world.connectionID).isEmpty)
        }
    }

    @Test("two versions are compared mapping by mapping; a version that the org does not serve is refused")
    func compare() async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            func ask(_ target: String) async throws -> JSONValue {
                let inquiry = try await world.catalog.ask(.schemaDiff, of: world.connectionID, by: "test") {
                    try .compareVersions(world.connectionID, target: target, inquiry: $0)
                }
                _ = try await world.finished(try #require(inquiry.jobID))
                return try JSONValue(parsing: try #require(try await world.catalog.inquiry(inquiry.id)?.answer))
            }
            let same = try await ask("61.0")
            #expect(same["target_api_version"] == "61.0")
            #expect(same["mappings"]?.elements?.first?["fields_have_changed"] == false)
            #expect(same["guid"]?.string?.isEmpty == false)
            #expect(try await ask("99.0")["refusal"]?.string?.contains("99.0") == true)
        }
    }
}

@Suite("A retired API version")
struct RetiredVersionTests {
    @Test(
        "stops the connection with words that say what to do; nothing of what waits to be written is lost, and the change of version mends it",
        arguments: ["29.0", "58.0"])
    func retired(version: String) async throws {
        try await SyncWorld.with(rows: ["Account": 5]) { world in
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_write", "External_Id__c")])
            try await world.pool.run("UPDATE sluice.connections SET api_version = \(version) WHERE id = \(world.connectionID)")
            // An org lists a retired version no more, or still does.
            try await world.sandbox(
                .post, "/sandbox/trouble",
                #"{"kind":"status","status":410,"code":"GONE","count":-1,"path_prefix":"/services/data/v\#(version)"}"#)
            try await world.pool.run("INSERT INTO salesforce.account (name, external_id__c) VALUES ('Waits', 'waits-1')")
            _ = try await world.write()
            let stopped = try #require(try await world.catalog.connection(world.connectionID))
            #expect(stopped.state == .systemError)
            #expect(
                stopped.stateDescription?.contains("retired") == true && stopped.stateDescription?.contains("manage-sf-api-version") == true
            )
            #expect(try await world.count("salesforce._trigger_log WHERE state = 'FAILED'") == 0)
            let inquiry = try await world.catalog.ask(.schemaDiff, of: world.connectionID, by: "test") {
                try .compareVersions(world.connectionID, target: "60.0", inquiry: $0)
            }
            _ = try await world.finished(try #require(inquiry.jobID))
            let answer = try JSONValue(parsing: try #require(try await world.catalog.inquiry(inquiry.id)?.answer))
            #expect(answer["mappings"]?.elements?.first?["has_unsafe_changes"] == false)
            #expect(answer["mappings"]?.elements?.first?["action_undetermined"] == false)
            try await world.pool.transaction { session in
                try CatalogStore.changeVersion(
                    world.connectionID, from: version, to: "60.0", reloading: [], requestedBy: "test", in: session)
            }
            #expect(try await world.catalog.resume(world.connectionID))
            _ = try await world.write()
            #expect(try await world.count("salesforce.account WHERE external_id__c = 'waits-1' AND sfid IS NOT NULL") == 1)
        }
    }
}
