/// What a row of a table takes of a page of Postgres, which it must fit into. Long texts are kept elsewhere, but each leaves a pointer; what is null takes
/// nothing. So whether a row fits depends on how many of its fields are filled. A value without I/O.
package struct RowWidth: Sendable, Equatable {
    /// Bytes of the widest row that a page of 8 kB takes (MaxHeapTupleSize).
    package static let most = 8160
    /// `id`, and the longest that `_hc_lastop` says.
    package static let own: [ColumnType] = [.integer, .varchar(8)]
    /// A pointer to a value that is kept elsewhere, and the longest value that is never put there.
    private static let (pointer, shortest) = (18, 24)

    /// How many columns there are, without those that every mapped table has.
    package let columns: Int
    /// Bytes of a row whose fields are all filled to their length.
    package let bytes: Int

    /// The width of a table with these columns, in their order, and those that every mapped table has. Of those, `_hc_err` is null while nothing fails.
    package init(of types: [ColumnType]) {
        columns = types.count
        var bytes = 0
        for type in types + Self.own {
            let (size, alignment) = Self.filled(type)
            bytes = Self.aligned(bytes, to: alignment) + size
        }
        // 23 bytes of header, a bit a column that says whether it is null.
        self.bytes = Self.aligned(23 + (types.count + 3 + 7) / 8, to: 8) + bytes
    }

    /// What there is to say when not every row fits.
    package func warning(of object: String) -> String? {
        guard bytes > Self.most else { return nil }
        return
            "A record of \(object) whose \(columns) mapped fields are all filled is a row of \(bytes) bytes, and Postgres takes rows of \(Self.most) bytes: where so many are filled, reading stops with \"row is too big\". Map fewer fields."
    }

    private static func filled(_ type: ColumnType) -> (size: Int, alignment: Int) {
        switch type {
        case .varchar(let length): (length + 1 > shortest ? pointer : length + 1, 1)
        case .text: (pointer, 1)
        case .integer, .date: (4, 4)
        case .double, .timestamp, .timestamptz, .time: (8, 8)
        case .boolean: (1, 1)
        // 18 digits, as Salesforce has them, four in two bytes.
        case .numeric: (15, 1)
        }
    }

    private static func aligned(_ bytes: Int, to alignment: Int) -> Int { (bytes + alignment - 1) / alignment * alignment }
}
