import LoggedChanges
import Salesforce
import Testing

@testable import SyncWrite

@Suite("Rows of bulk jobs that write, and what their results say of them")
struct IngestCSVTests {
    private static let ids = ["001000000000001", "001000000000002"].compactMap { SalesforceID($0) }

    private func request(_ id: Int64, _ operation: WriteRequest.Operation, _ fields: [RecordWrite.Field]) -> WriteRequest {
        WriteRequest(change: Change(id: id, table: "account", action: .update, recordID: id), operation: operation, fields: fields)
    }

    @Test("rows have a cell for every field that any of them sends; empty is left alone, and NULL and an empty text clear")
    func updates() throws {
        try #require(Self.ids.count == 2)
        let csv = IngestCSV([
            request(1, .update(Self.ids[0]), [.init("Name", .string("a \"b\", c\r\nd")), .init("Phone", .null)]),
            request(
                2, .update(Self.ids[1]), [.init("Flag__c", .bool(true)), .init("Phone", .string("")), .init("Amount__c", .number("1.50"))]),
        ])
        #expect(
            String(decoding: csv.bytes, as: UTF8.self) == "\"Id\",\"Name\",\"Phone\",\"Flag__c\",\"Amount__c\"\n"
                + "\"\(Self.ids[0].text)\",\"a \"\"b\"\", c\r\nd\",\"#N/A\",,\n\"\(Self.ids[1].text)\",,\"#N/A\",\"true\",\"1.50\"\n")
    }

    @Test("results are told apart by id, or else by all values, in whatever order the columns come")
    func results() {
        var updates = IngestCSV(Self.ids.enumerated().map { request(Int64($0.offset), .update($0.element), [.init("Name", .string("n"))]) })
        #expect(updates.take(["sf__Id", "Name", "Id"], ["001000000000002", "n", "001000000000002"])?.change.id == 1)
        #expect(updates.left.map(\.change.id) == [0])
        var inserts = IngestCSV(
            ["a", "a", "b"].enumerated().map {
                request(
                    Int64($0.offset), .insert,
                    [
                        .init("Name", .string($0.element)),
                        .init("Account__r", .parentReference(relationship: "Account__r", externalField: "Key__c", value: .string("k"))),
                    ])
            })
        #expect(inserts.columns == ["Name", "Account__r.Key__c"])
        #expect(inserts.take(["Account__r.Key__c", "Name"], ["k", "b"])?.change.id == 2)
        #expect(inserts.take(["Account__r.Key__c", "Name"], ["k", "c"]) == nil)
        #expect(Set([1, 2].compactMap { _ in inserts.take(["Account__r.Key__c", "Name"], ["k", "a"])?.change.id }) == [0, 1])
        #expect(inserts.left.isEmpty)
    }

    @Test(
        "what CSV cannot say goes by a call: a text that would clear the field, a parent of one of several objects, a value that is too long",
        arguments: [
            FieldValue.string("#N/A"), .string(String(repeating: "x", count: 131_073)),
            .parentReference(relationship: "Owner", externalField: "Username", value: .string("u"), type: "User"),
            .parentReference(relationship: "Account", externalField: "Key__c", value: .string("#N/A")),
        ])
    func unsaid(value: FieldValue) {
        #expect(!IngestCSV.canSend(request(1, .insert, [.init("Name", value)])))
        #expect(IngestCSV.canSend(request(1, .insert, [.init("Name", .string("N/A")), .init("Phone", .null)])))
    }

    @Test("rows of results are read back as they were written: quotes, commas, line ends, empty cells, a mark at the beginning")
    func reading() {
        let text = "\u{FEFF}\"a\",b\r\n\"x \"\"y\"\",\nz\",\n\"\",\"last\""
        #expect(Array(CSVRows(Array(text.utf8))) == [["a", "b"], ["x \"y\",\nz", ""], ["", "last"]])
        #expect(Array(CSVRows([])).isEmpty)
    }

    @Test("the rows of a job are noted as ranges, and those that were merged together stay together")
    func rows() throws {
        func change(_ id: Int64, _ action: Change.Action = .update, merged: [Int64] = []) -> Change {
            Change(id: id, table: "account", action: action, recordID: 1, values: ["v": "\(id)"], merged: merged)
        }
        let noted = IngestChanges([change(7), change(5), change(6), change(9, merged: [10, 12]), change(20)])
        #expect(noted.text == "5-7,9+10+12,20")
        let read = try #require(IngestChanges(noted.text))
        #expect(read == noted)
        #expect(read.rows == [5, 6, 7, 9, 10, 12, 20])
        let changes = read.changes(of: [5, 7, 9, 10, 12].map { change($0) }, lookups: [])
        #expect(changes.map(\.id) == [5, 7, 9])
        #expect(changes.last?.rows == [9, 10, 12])
        #expect(changes.last?.values == ["v": "12"])
        #expect(IngestChanges("5-x") == nil)
        #expect(IngestChanges("9-5") == nil)
    }

    @Test("of several errors of a row the first is told")
    func errors() {
        let error = RecordRefusal(bulk: "REQUIRED_FIELD_MISSING:Required: [LastName]:LastName --;STRING_TOO_LONG:too long:Phone --")
        #expect(error == RecordRefusal(statusCode: "REQUIRED_FIELD_MISSING", message: "Required: [LastName]", fields: ["LastName"]))
    }
}
