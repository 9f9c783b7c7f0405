package import SandboxBytes
package import SandboxData

/// Everything of an org that a snapshot holds, as it was at one moment.
package struct OrgContents: Sendable {
    let schemaChanges: [SchemaChange]
    package let stores: [RowStore]
    let counters: StorageRecord.Counters
}

/// Changes of the schema as they were asked for, and when.
package struct SchemaChange: Sendable {
    package let changes: [JSON]
    package let time: Int64

    init(changes: [JSON], time: Int64) {
        self.changes = changes
        self.time = time
    }

    /// Nil for what is no JSON list.
    init?(text: String, time: Int64) {
        guard let changes = try? JSONParser.parse(Array(text.utf8)).array else { return nil }
        self.init(changes: changes, time: time)
    }

    /// A JSON list.
    package var text: String {
        var json = JSONWriter()
        json.value(.array(changes))
        return json.bytes.string
    }
}
