import SandboxData
import Synchronization

/// Makes locators for lists of children that are longer than a page, when such a list is first shown.
package final class ChildPages: Sendable {
    private struct Key: Hashable {
        let name: String
        let object: Int
        let parent: Int
    }

    package let cursors: QueryCursors
    /// Children of one parent that are shown at once.
    package let size: Int
    /// `/services/data/v60.0`
    package let base: String
    private let known = Mutex<[Key: String]>([:])

    package init(cursors: QueryCursors, size: Int, base: String) {
        self.cursors = cursors
        self.size = size
        self.base = base
    }

    package func locator(of parent: Int, in children: ChildRows) -> String {
        known.withLock { known in
            let key = Key(name: children.name, object: children.object.index, parent: parent)
            if let locator = known[key], cursors.find(locator) != nil { return locator }
            let locator = cursors.add(
                QueryCursors.Cursor(
                    shape: children.shape, object: children.object, rows: .list(children.rows[parent] ?? []), batchSize: size))
            known[key] = locator
            return locator
        }
    }
}
