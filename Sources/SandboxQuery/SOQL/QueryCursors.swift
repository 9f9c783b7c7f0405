package import SandboxData
import Synchronization

/// Results larger than a page, by their locator. The oldest is forgotten when there are too many.
package final class QueryCursors: Sendable {
    package struct Cursor: Sendable {
        package let shape: RowShape
        package let object: ObjectSchema
        package let rows: RowSet
        package let batchSize: Int

        package init(shape: RowShape, object: ObjectSchema, rows: RowSet, batchSize: Int) {
            self.shape = shape
            self.object = object
            self.rows = rows
            self.batchSize = batchSize
        }
    }

    private struct Open {
        var cursors: [String: Cursor] = [:]
        var order: [String] = []
        var number = 0
    }

    private let open: Mutex<Open>
    private static let capacity = 200

    /// - Parameter first: Cursors are numbered from here; see ``BulkJobs``.
    package init(first: Int = 0) { open = Mutex(Open(number: first)) }

    package func add(_ cursor: Cursor) -> String {
        open.withLock { open in
            open.number += 1
            let id = RecordIDText.text(prefix: Array("01g".utf8), number: open.number)
            open.cursors[id] = cursor
            open.order.append(id)
            if open.order.count > Self.capacity { open.cursors[open.order.removeFirst()] = nil }
            return id
        }
    }

    /// Ends every result that is being read, as a real org does after two days.
    package func expireAll() {
        open.withLock { open in
            open.cursors.removeAll()
            open.order.removeAll()
        }
    }

    package func find(_ id: String) -> Cursor? { open.withLock { $0.cursors[id] } }
}
