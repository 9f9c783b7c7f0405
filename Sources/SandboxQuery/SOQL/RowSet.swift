import SandboxBytes

/// The rows a query found, in order: all of a range, or a list.
package enum RowSet: Sendable {
    case range(Range<Int>)
    case list([Int])

    package var count: Int {
        switch self {
        case .range(let range): range.count
        case .list(let rows): rows.count
        }
    }

    /// The same rows in an order that only the salt decides.
    package func shuffled(salt: UInt64) -> RowSet {
        var rows = (0..<count).map { self[$0] }
        for position in stride(from: rows.count - 1, to: 0, by: -1) {
            rows.swapAt(position, Int(Mix.bits(salt, position) % UInt64(position + 1)))
        }
        return .list(rows)
    }

    package subscript(_ position: Int) -> Int {
        switch self {
        case .range(let range): range.lowerBound + position
        case .list(let rows): rows[position]
        }
    }
}
