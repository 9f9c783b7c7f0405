import Catalog
import Foundation
import Testing

@testable import Salesforce
@testable import SyncInspection

@Suite("Rules of a mapping's configuration")
struct MappingRulesTests {
    /// What the org says of an object: the keys that a rule looks at differ from case to case.
    static func object(_ name: String = "Account", queryable: Bool = true, createable: Bool = true, fields: [String]) throws
        -> ObjectDescribe
    {
        let json = """
            {"name":"\(name)","label":"\(name)","keyPrefix":null,"custom":false,"createable":\(createable),"updateable":true,"deletable":true,
             "queryable":\(queryable),"replicateable":true,"deprecatedAndHidden":false,"fields":[\(fields.joined(separator: ","))]}
            """
        return try JSONDecoder().decode(ObjectDescribe.self, from: Data(json.utf8))
    }

    static func field(_ name: String, type: String = "string", length: Int = 80, _ changes: [String: String] = [:]) -> String {
        var keys = [
            "name": "\"\(name)\"", "label": "\"\(name)\"", "type": "\"\(type)\"", "length": "\(length)", "precision": "0", "scale": "0",
            "digits": "0", "nillable": "true", "unique": "false", "externalId": "false", "idLookup": "false", "createable": "true",
            "updateable": "true", "calculated": "false", "autoNumber": "false", "defaultedOnCreate": "false", "custom": "false",
            "deprecatedAndHidden": "false", "referenceTo": "[]",
        ]
        keys.merge(changes) { $1 }
        return "{" + keys.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}"
    }

    private func findings(
        _ described: [String], config: String, createable: Bool = true, parents: [String: [String]] = [:]
    ) async throws -> [Finding] {
        let object = try Self.object(createable: createable, fields: described)
        let config = try MappingConfig(json: config)
        var fields: [MappedField] = []
        for name in config.fields {
            fields.append(
                try await MappedField.find(name, in: object) { parent in
                    try parents[parent].map { try Self.object(parent, fields: $0) }
                })
        }
        return MappingRules(objectName: "Account", config: config, object: object, fields: fields).findings
    }

    private func verdict(_ rule: String, _ findings: [Finding]) -> Finding.Verdict? { findings.first { $0.ruleID == rule }?.verdict }

    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String
        let fields: [String]
        let config: String
        let verdict: Finding.Verdict
        var names: String = ""
        var createable = true
        var testDescription: String { "\(rule) \(verdict) \(names) \(config.prefix(60))" }
    }

    private static let id = field("Id", type: "id", length: 18, ["idLookup": "true", "createable": "false"])
    private static let external = field("Ext__c", ["externalId": "true", "idLookup": "true"])
    private static let unique = field("Ext__c", ["externalId": "true", "idLookup": "true", "unique": "true"])

    static let cases = [
        Case(
            rule: "FIELDS_MUST_BE_VISIBLE", fields: [id], config: #"{"fields":{"Id":{},"Gone__c":{}}}"#, verdict: .error, names: "Gone__c"),
        Case(rule: "FIELDS_MUST_BE_VISIBLE", fields: [id], config: #"{"fields":{"ID":{}}}"#, verdict: .pass),
        Case(
            rule: "AVOID_CALCULATED_FIELDS", fields: [id, field("Sum__c", ["calculated": "true"])],
            config: #"{"fields":{"Id":{},"Sum__c":{}}}"#,
            verdict: .warning, names: "Sum__c"),
        Case(rule: "AVOID_CALCULATED_FIELDS", fields: [id], config: #"{"fields":{"Id":{}}}"#, verdict: .pass),
        Case(rule: "SHOULD_HAVE_UPSERT_FIELD", fields: [id], config: #"{"fields":{"Id":{}}}"#, verdict: .skip),
        Case(rule: "SHOULD_HAVE_UPSERT_FIELD", fields: [id], config: #"{"access":"read_write","fields":{"Id":{}}}"#, verdict: .warning),
        Case(
            rule: "SHOULD_HAVE_UPSERT_FIELD", fields: [id, unique],
            config: #"{"access":"read_write","upsert_field":"Ext__c","fields":{"Id":{},"Ext__c":{}}}"#, verdict: .pass),
        Case(
            rule: "SHOULD_HAVE_UPSERT_FIELD", fields: [id, external],
            config: #"{"access":"read_write","upsert_field":"ext__c","fields":{"Id":{},"Ext__c":{}}}"#, verdict: .error,
            names: "not a unique External ID"),
        Case(
            rule: "SHOULD_HAVE_UPSERT_FIELD", fields: [id, field("Name")],
            config: #"{"access":"read_write","upsert_field":"Name","fields":{"Id":{},"Name":{}}}"#, verdict: .error, names: "External ID"),
        Case(
            rule: "AVOID_BINARY_FIELDS", fields: [id, field("Body", type: "base64", length: 0)], config: #"{"fields":{"Id":{},"Body":{}}}"#,
            verdict: .error, names: "Body (base64)"),
        Case(
            rule: "AVOID_BINARY_FIELDS", fields: [id, field("BillingAddress", type: "address", length: 0)],
            config: #"{"fields":{"Id":{},"BillingAddress":{}}}"#, verdict: .error, names: "components"),
        Case(
            rule: "AVOID_MANY_FIELDS", fields: [id],
            config: "{\"fields\":{\"Id\":{}," + (0..<150).map { "\"F\($0)__c\":{}" }.joined(separator: ",") + "}}", verdict: .warning,
            names: "151"),
        Case(
            rule: "AVOID_MANY_FIELDS", fields: [id],
            config: "{\"fields\":{\"Id\":{}," + (0..<1597).map { "\"F\($0)__c\":{}" }.joined(separator: ",") + "}}", verdict: .error,
            names: "expected at most 1597, since a table of Postgres has at most 1600 columns, found 1598"),
        Case(
            rule: "ROWS_MUST_FIT_A_PAGE", fields: [id] + (0..<500).map { field("F\($0)__c", length: 255) },
            config: "{\"fields\":{\"Id\":{}," + (0..<500).map { "\"F\($0)__c\":{}" }.joined(separator: ",") + "}}", verdict: .warning,
            names: "501 mapped fields"),
        Case(
            rule: "ROWS_MUST_FIT_A_PAGE", fields: [id] + (0..<400).map { field("F\($0)__c", length: 255) },
            config: "{\"fields\":{\"Id\":{}," + (0..<400).map { "\"F\($0)__c\":{}" }.joined(separator: ",") + "}}", verdict: .pass),
        Case(
            rule: "AVOID_LARGE_TEXT_FIELDS", fields: (0..<5).map { field("T\($0)__c", type: "textarea", length: 32768) },
            config: "{\"fields\":{" + (0..<5).map { "\"T\($0)__c\":{}" }.joined(separator: ",") + "}}", verdict: .warning, names: "T4__c"),
        Case(
            rule: "SHOULD_MAP_REQUIRED_FIELDS", fields: [id, field("LastName", ["nillable": "false"])],
            config: #"{"access":"read_write","fields":{"Id":{}}}"#, verdict: .warning,
            names: "Fields needed for insertion to Salesforce need to be mapped: LastName"),
        Case(
            rule: "SHOULD_MAP_REQUIRED_FIELDS", fields: [id, field("LastName", ["nillable": "false"])], config: #"{"fields":{"Id":{}}}"#,
            verdict: .skip),
        Case(
            rule: "SHOULD_MAP_REQUIRED_FIELDS", fields: [id, field("IsActive", ["nillable": "false", "defaultedOnCreate": "true"])],
            config: #"{"access":"read_write","fields":{"Id":{}}}"#, verdict: .pass),
        Case(
            rule: "SHOULD_BE_WRITABLE", fields: [id], config: #"{"access":"read_write","fields":{"Id":{}}}"#, verdict: .warning,
            names: "insert",
            createable: false),
        Case(
            rule: "OPTIONS_MUST_BE_SERVED", fields: [id], config: #"{"filter":"x","fields":{"Id":{}}}"#, verdict: .warning, names: "filter"),
        Case(rule: "OPTIONS_MUST_BE_SERVED", fields: [id], config: #"{"sf_notify_enabled":true,"fields":{"Id":{}}}"#, verdict: .pass),
    ]

    @Test("each rule says what it found, and names it", arguments: cases)
    func rules(_ one: Case) async throws {
        let found = try await findings(one.fields, config: one.config, createable: one.createable)
        #expect(verdict(one.rule, found) == one.verdict)
        #expect(found.first { $0.ruleID == one.rule }?.message.contains(one.names) == true || one.names.isEmpty)
        #expect(found.allSatisfy { $0.mapping == "Account" && !$0.message.isEmpty })
    }

    @Test(
        "a parent's field is found in every spelling of a configuration",
        arguments: [
            ("Account__r.Ext__c", true), ("Account__r__Ext__c", true), ("account__R__ext__C", true), ("Account__r__Gone__c", false),
            ("Account__r__", false), ("Other__r__Ext__c", false),
        ])
    func relationships(name: String, isFound: Bool) async throws {
        let lookup = Self.field(
            "Account__c", type: "reference", length: 18, ["relationshipName": "\"Account__r\"", "referenceTo": "[\"Account\"]"])
        let found = try await findings(
            [Self.id, lookup], config: "{\"fields\":{\"Id\":{},\"\(name)\":{}}}", parents: ["Account": [Self.external]])
        #expect(verdict("FIELDS_MUST_BE_VISIBLE", found) == (isFound ? .pass : .error))
    }

    @Test("an object that the integration user may not see is one error, and its options are told all the same")
    func invisible() throws {
        let config = try MappingConfig(json: #"{"fields":{"Id":{}}}"#)
        let found = MappingRules(objectName: "Secret__c", config: config, object: nil, fields: []).findings
        #expect(found.map(\.ruleID) == ["OBJECT_MUST_BE_VISIBLE", "OPTIONS_MUST_BE_SERVED"])
        #expect(found[0].verdict == .error)
    }

    @Test("a version is in order, old, or served no more; the newest that both know is named")
    func versions() {
        let served = (31...70).map { "\($0).0" }
        #expect(APIVersionCheck.finding(version: "60.0", served: served).verdict == .pass)
        let old = APIVersionCheck.finding(version: "40.0", served: served)
        #expect(old.verdict == .warning && old.message.contains("67.0") && old.ruleID == "MUST_USE_RECENT_API_VERSION")
        #expect(APIVersionCheck.finding(version: "29.0", served: served).verdict == .error)
    }
}
