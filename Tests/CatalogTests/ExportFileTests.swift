import Catalog
import Testing

@Suite("Export files")
struct ExportFileTests {
    @Test("a file is read in its own order, with defaults for what old files lack")
    func reads() throws {
        let file = try ExportFile(parsing: oldExport)
        #expect(file.mappings.map(\.objectName) == ["Invoice__c", "Account"])
        let invoice = file.mappings[0].config
        #expect(invoice.access == .readWrite)
        #expect(invoice.acceleratesPolling)
        #expect(invoice.fields == ["Total__c", "Id", "Account__r__Ext__c", "IsDeleted", "SystemModstamp"])
        #expect(invoice.indexes.isEmpty)
        let account = file.mappings[1].config
        #expect(account.pollingSeconds == 120)
        #expect(account.maxDailyAPICalls == 30_000)
        #expect(account.upsertField == "Ext__c")
        #expect(account.indexes.map(\.isUnique) == [true, true, false])
    }

    @Test("the configuration keeps every key, value and digit, in order")
    func keepsJSON() throws {
        let config = try MappingConfig(json: #"{ "zeta" : 1.50 , "fields" : { "Name" : { } , "Id":{} }, "note":"a\u00e9\n\/\"" }"#)
        #expect(config.json == #"{"zeta":1.50,"fields":{"Name":{},"Id":{}},"note":"aé\n/\""}"#)
    }

    @Test(
        "a fault is named with its place and what was expected",
        arguments: [
            ("", "", "JSON"),
            ("{", "", "line 1"),
            ("[1]", "", "expected an object, found an array"),
            ("{}", "mappings", "expected an array of mappings, found nothing"),
            (#"{"mappings":{}}"#, "mappings", "expected an array, found an object"),
            (#"{"version":2,"mappings":[]}"#, "version", "expected 1, found 2"),
            (#"{"version":"1","mappings":[]}"#, "version", "expected 1"),
            (#"{"mappings":[7]}"#, "mappings[0]", "expected an object, found a number"),
            (#"{"mappings":[{"config":{"fields":{"Id":{}}}}]}"#, "mappings[0].object_name", "found nothing"),
            (#"{"mappings":[{"object_name":5,"config":{"fields":{"Id":{}}}}]}"#, "mappings[0].object_name", "expected a string"),
            (
                #"{"mappings":[{"object_name":"a\";DROP","config":{"fields":{"Id":{}}}}]}"#, "mappings[0].object_name",
                "letters, digits and underscores"
            ),
            (#"{"mappings":[{"object_name":"Account"}]}"#, "mappings[0].config", "expected an object"),
            (#"{"mappings":[{"object_name":"Account","config":{}}]}"#, "mappings[0].config.fields", "found nothing"),
            (#"{"mappings":[{"object_name":"Account","config":{"fields":["Id"]}}]}"#, "mappings[0].config.fields", "found an array"),
            (#"{"mappings":[{"object_name":"Account","config":{"fields":{}}}]}"#, "mappings[0].config.fields", "at least one"),
            (#"{"mappings":[{"object_name":"Account","config":{"fields":{"Id":{},"Na me":{}}}}]}"#, "mappings[0].config.fields", "Na me"),
            (
                #"{"mappings":[{"object_name":"Account","config":{"fields":{"Id":1}}}]}"#, "mappings[0].config.fields.Id",
                "expected an object of options"
            ),
            (
                #"{"mappings":[{"object_name":"Account","config":{"fields":{"Id":{},"Id":{}}}}]}"#, "mappings[0].config.fields",
                "Id, mapped twice"
            ),
            (
                #"{"mappings":[{"object_name":"Account","config":{"fields":{"Name":{},"NAME":{}}}}]}"#, "mappings[0].config.fields",
                "Name and NAME"
            ),
            (
                #"{"mappings":[{"object_name":"Account","config":{"fields":{"Id":{},"sfid":{}}}}]}"#, "mappings[0].config.fields",
                "the column sfid"
            ),
            (
                #"{"mappings":[{"object_name":"Account","config":{"fields":{"A.B__c":{},"A__B__c":{}}}}]}"#, "mappings[0].config.fields",
                "twice"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"access":"write","fields":{"Id":{}}}}]}"#, "mappings[0].config.access",
                "read_only or read_write"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"sf_polling_seconds":0,"fields":{"Id":{}}}}]}"#,
                "mappings[0].config.sf_polling_seconds", "found 0"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"sf_polling_seconds":1.5,"fields":{"Id":{}}}}]}"#,
                "mappings[0].config.sf_polling_seconds", "1.5"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"sf_polling_seconds":"x","fields":{"Id":{}}}}]}"#,
                "mappings[0].config.sf_polling_seconds", "a string"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"sf_notify_enabled":1,"fields":{"Id":{}}}}]}"#,
                "mappings[0].config.sf_notify_enabled", "true or false"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"upsert_field":"X__c","fields":{"Id":{}}}}]}"#,
                "mappings[0].config.upsert_field", "X__c"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"indexes":{"X":{}},"fields":{"Id":{}}}}]}"#, "mappings[0].config.indexes.X",
                "mapped fields"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"indexes":{"Id":{"unique":1}},"fields":{"Id":{}}}}]}"#,
                "mappings[0].config.indexes.Id.unique", "true or false"
            ),
            (
                #"{"mappings":[{"object_name":"A","config":{"fields":{"Id":{}}}},{"object_name":"a","config":{"fields":{"Id":{}}}}]}"#,
                "mappings[1].object_name", "mappings[0]"
            ),
            (#"{"version":1,"version":1,"mappings":[]}"#, "", "\"version\" twice"),
        ])
    func faults(text: String, path: String, fragment: String) throws {
        let error = try #require(throws: ExportFileError.self) { try ExportFile(parsing: text) }
        #expect(error.path == path)
        #expect(error.message.contains(fragment), "\(error)")
    }

    @Test(
        "hostile documents are refused, not followed",
        arguments: [
            String(repeating: "[", count: 100_000), #"{"mappings":[{"object_name":"\ud800"}]}"#, #"{"a":01}"#, "{\"a\":\"\u{1}\"}",
            #"{"a":1,}"#, "nul",
        ])
    func hostile(text: String) {
        #expect(throws: ExportFileError.self) { try ExportFile(parsing: text) }
    }

    @Test("more fields than a table of Postgres can have columns are said at once, in a file and in a mapping that is made or changed")
    func tooManyFields() throws {
        func config(_ count: Int) -> String { "{\"fields\":{\"Id\":{}" + (1..<count).map { ",\"F\($0)__c\":{}" }.joined() + "}}" }
        func mapping(_ count: Int) -> String { "{\"object_name\":\"A\",\"config\":\(config(count))}" }
        let words = "expected at most 1597, since a table of Postgres has at most 1600 columns, found 1598"
        #expect(try ExportFile(parsing: "{\"mappings\":[\(mapping(1597))]}").mappings.count == 1)
        #expect(throws: ExportFileError(path: "mappings[0].config.fields", message: words)) {
            try ExportFile(parsing: "{\"mappings\":[\(mapping(1598))]}")
        }
        #expect(try MappingSubmission(JSONValue(parsing: mapping(1597))).configuration().fields.count == 1597)
        let submission = try MappingSubmission(JSONValue(parsing: mapping(1598)))
        #expect(throws: ExportFileError(path: "config.fields", message: words)) { try submission.configuration() }
        #expect(throws: ExportFileError(path: "config.fields", message: words)) {
            try submission.configuration(changing: MappingConfig(json: config(2)))
        }
        // One that was kept before says so for itself, and can be read.
        #expect(try MappingConfig(json: config(1598)).tooManyFields == words)
    }

    @Test("bytes that are not UTF-8 are refused")
    func invalidUTF8() {
        #expect(throws: ExportFileError.self) { try ExportFile(parsing: Array("{\"a\":\"".utf8) + [0xFF, 0x22, 0x7D]) }
    }
}
