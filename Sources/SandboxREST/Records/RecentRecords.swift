package import SandboxBytes
package import SandboxData
import SandboxQuery
package import SandboxStore
import Synchronization

/// The records that the user looked at or wrote last, one at a time; the newest first.
package final class RecentRecords: Sendable {
    package static let capacity = 200

    private let seen = Mutex<[RecordID]>([])

    package init() {}

    package func note(_ id: RecordID) {
        seen.withLock { seen in
            seen.removeAll { $0 == id }
            seen.insert(id, at: 0)
            if seen.count > Self.capacity { seen.removeLast() }
        }
    }

    /// Those that are still there, of one object or of all.
    package func list(_ org: Org, object: ObjectSchema?, limit: Int) -> [RecordID] {
        let seen = seen.withLock { $0 }
        return org.read { state in
            Array(
                seen.lazy.filter { (object == nil || $0.object == object?.index) && state.tables[$0.object].isLive($0.row) }.prefix(limit))
        }
    }

    /// Writes them with their ids and names.
    package func write(_ org: Org, object: ObjectSchema?, limit: Int, base: String, to json: inout JSONWriter) {
        let snapshot = org.snapshot()
        for id in list(org, object: object, limit: limit) {
            let object = org.schema.objects[id.object]
            let fields = [object.field("Id"), object.fields.first { $0.document.nameField ?? false } ?? object.field("Name")]
            let columns = fields.compactMap { $0 }.map { BoundField(field: $0, name: $0.name) }
            let shape = RowShape(object: object, columns: columns, schema: org.schema)
            json.raw { shape.write(id.row, in: snapshot, path: "\(base)/sobjects/", to: &$0) }
        }
    }
}
