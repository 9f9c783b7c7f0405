import Synchronization

/// Results larger than a page, by their locator. The oldest is forgotten when there are too many.
final class QueryCursors: Sendable {
    struct Cursor: Sendable {
        let shape: RowShape
        let object: ObjectSchema
        let rows: RowSet
        let batchSize: Int
    }

    private struct Open {
        var cursors: [String: Cursor] = [:]
        var order: [String] = []
        var number = 0
    }

    private let open: Mutex<Open>
    private static let capacity = 200

    /// - Parameter first: Cursors are numbered from here; see ``BulkJobs``.
    init(first: Int = 0) { open = Mutex(Open(number: first)) }

    func add(_ cursor: Cursor) -> String {
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
    func expireAll() {
        open.withLock { open in
            open.cursors.removeAll()
            open.order.removeAll()
        }
    }

    func find(_ id: String) -> Cursor? { open.withLock { $0.cursors[id] } }
}
