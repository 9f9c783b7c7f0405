import Catalog
import Testing

@testable import Dashboard

@Suite("What an import would change")
struct ImportPreviewTests {
    private func config(
        _ fields: [String], access: String = "read_only", seconds: Int = 600, indexes: String = "{}", more: String = ""
    ) throws -> MappingConfig {
        let list = fields.map { #""\#($0)":{}"# }.joined(separator: ",")
        return try MappingConfig(
            json: #"{"access":"\#(access)","sf_polling_seconds":\#(seconds),"fields":{\#(list)},"indexes":\#(indexes)\#(more)}"#)
    }

    @Test("new, changed, unchanged and orphaned mappings are told apart, whatever the case of their names")
    func kinds() throws {
        let preview = ImportPreview(
            wanted: [("ACCOUNT", try config(["Id", "Name"])), ("Contact", try config(["Id", "Phone"])), ("Lead", try config(["Id"]))],
            present: [("Account", try config(["id", "name"])), ("Contact", try config(["Id", "Name"])), ("Case", try config(["Id"]))])
        #expect(preview.lines.map(\.object) == ["ACCOUNT", "Contact", "Lead", "Case"])
        #expect(preview.lines.map(\.kind) == [.same, .changed, .new, .orphaned])
        #expect(preview.lines[1].changes == ["adds Phone", "drops Name"])
    }

    @Test("every option that differs is named")
    func options() throws {
        let before = try config(["Id", "Name"])
        let after = try config(
            ["Id", "Name"], access: "read_write", seconds: 120, indexes: #"{"Name":{"unique":false}}"#, more: #","sf_notify_enabled":true"#)
        let line = ImportPreview(wanted: [("Account", after)], present: [("Account", before)]).lines[0]
        #expect(
            line.changes == [
                "read only becomes read and write", "polls every 120 s instead of 600 s", "begins accelerated polling", "indexes Name",
            ])
    }
}
