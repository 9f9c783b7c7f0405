package import SandboxData

/// What a grouping query makes of the rows it finds.
package struct Grouping: Sendable {
    package typealias Function = ParsedQuery.Aggregate.Function

    /// Where a column's value comes from.
    package enum Source: Sendable, Equatable {
        /// The n-th field grouped by.
        case key(Int)
        /// The n-th of ``functions``.
        case function(Int)
        /// 1 in subtotals over the n-th field grouped by, else 0.
        case isSubtotal(Int)
    }

    package struct Column: Sendable {
        package let name: String
        package let source: Source
        package var type: FieldType = .string
        var presentation = Presentation.plain
    }

    package struct Order: Sendable {
        package let source: Source
        let descending: Bool
        let nullsFirst: Bool
    }

    indirect enum Having: Sendable {
        case all([Having])
        case any([Having])
        case not(Having)
        case compare(Source, Comparison)

        func matches(_ value: (Source) -> Value) -> Bool {
            switch self {
            case .all(let parts): parts.allSatisfy { $0.matches(value) }
            case .any(let parts): parts.contains { $0.matches(value) }
            case .not(let inner): !inner.matches(value)
            case .compare(let source, let comparison): comparison.matches(value(source))
            }
        }
    }

    package let keys: [BoundField]
    /// Which keys each kind of group has: all of them, and fewer for subtotals.
    let sets: [[Bool]]
    let functions: [(function: Function, field: BoundField)]
    package let columns: [Column]
    let having: Having?
    package let order: [Order]

    static func sets(_ count: Int, _ subtotals: ParsedQuery.Subtotals) -> [[Bool]] {
        switch subtotals {
        case .none: [Array(repeating: true, count: count)]
        case .rollup: (0...count).reversed().map { length in (0..<count).map { $0 < length } }
        case .cube: (0..<(1 << count)).map { bits in (0..<count).map { bits & 1 << $0 == 0 } }
        }
    }
}
