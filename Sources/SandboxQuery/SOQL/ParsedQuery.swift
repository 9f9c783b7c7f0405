/// A query as written, before its names are looked up.
package struct ParsedQuery: Sendable, Equatable {
    package struct Path: Sendable, Equatable {
        package let text: String
        package let offset: Int
        /// `CALENDAR_YEAR(CreatedDate)` and the like.
        package var function: FieldFunction?
    }

    package enum Literal: Sendable, Equatable {
        case string(String)
        case number(Double)
        case date(Int)
        case datetime(Int64)
        case relative(DateLiteral)
        case bool(Bool)
        case null
    }

    package enum Operator: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like, `in`, notIn, includes, excludes
    }

    package struct Aggregate: Sendable, Equatable {
        package enum Function: String, Sendable {
            case count
            case countDistinct = "count_distinct"
            case min, max, sum, avg
        }

        package let function: Function
        package let path: Path
        var alias: String?
        var presentation = Presentation.plain
    }

    /// What `FIELDS(…)` stands for.
    package enum FieldGroup: String, Sendable {
        case all, standard, custom
    }

    package enum Column: Sendable, Equatable {
        case field(Path, alias: String?)
        /// `toLabel(…)`, `FORMAT(…)` and their like: the field's value under its own or another name.
        case presented(Path, Presentation, alias: String?)
        case aggregate(Aggregate)
        /// `GROUPING(…)`: whether the row is a subtotal over the field.
        case isSubtotal(Path, alias: String?)
        case typeOf(TypeOf)
        case group(FieldGroup, offset: Int)
        case children(ParsedQuery)
    }

    package struct TypeOf: Sendable, Equatable {
        package let reference: Path
        let branches: [(object: Path, fields: [Path])]
        package let otherwise: [Path]?

        package static func == (left: TypeOf, right: TypeOf) -> Bool {
            left.reference == right.reference && left.otherwise == right.otherwise
                && left.branches.elementsEqual(right.branches) { $0.object == $1.object && $0.fields == $1.fields }
        }
    }

    /// Which subtotals a grouping has.
    enum Subtotals: Sendable, Equatable {
        case none
        /// Over the last field, the last two, and so on.
        case rollup
        /// Over every combination of fields.
        case cube
    }

    package indirect enum Condition: Sendable, Equatable {
        case all([Condition])
        case any([Condition])
        case not(Condition)
        case compare(Path, Operator, [Literal])
        /// In HAVING only.
        case aggregate(Aggregate, Operator, [Literal])
        /// In HAVING only: `GROUPING(…) = 1`.
        case isSubtotal(Path, Operator, [Literal])
        case semiJoin(Path, isNegated: Bool, ParsedQuery)
    }

    package struct Order: Sendable, Equatable {
        package let path: Path
        /// In grouped queries.
        var aggregate: Aggregate?
        /// `GROUPING(…)`
        var isSubtotal = false
        let descending: Bool
        let nullsFirst: Bool
    }

    package var isCount = false
    package var columns: [Column] = []
    package var object = Path(text: "", offset: 0)
    /// Names given behind FROM, lower-cased, with the path each stands for; that of the object itself is empty.
    package var aliases: [String: [String]] = [:]
    package var scope: Path?
    package var condition: Condition?
    package var grouping: [Path] = []
    var subtotals = Subtotals.none
    var having: Condition?
    package var order: [Order] = []
    package var limit: Int?
    package var offset: Int?

    /// The plain fields, in order.
    package var fields: [Path] { columns.compactMap { if case .field(let path, _) = $0 { path } else { nil } } }

    var isGrouped: Bool {
        !grouping.isEmpty
            || columns.contains {
                switch $0 {
                case .aggregate, .isSubtotal: true
                case .field(let path, _): path.function != nil
                default: false
                }
            }
    }
}

extension ParsedQuery.Condition {
    /// How many comparisons it is made of.
    package var size: Int {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + $1.size }
        case .not(let inner): inner.size
        case .compare, .aggregate, .isSubtotal, .semiJoin: 1
        }
    }
}
