/// A query as written, before its names are looked up.
struct ParsedQuery: Sendable, Equatable {
    struct Path: Sendable, Equatable {
        let text: String
        let offset: Int
        /// `CALENDAR_YEAR(CreatedDate)` and the like.
        var function: FieldFunction?
    }

    enum Literal: Sendable, Equatable {
        case string(String)
        case number(Double)
        case date(Int)
        case datetime(Int64)
        case relative(DateLiteral)
        case bool(Bool)
        case null
    }

    enum Operator: String, Sendable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case like, `in`, notIn, includes, excludes
    }

    struct Aggregate: Sendable, Equatable {
        enum Function: String, Sendable {
            case count
            case countDistinct = "count_distinct"
            case min, max, sum, avg
        }

        let function: Function
        let path: Path
        var alias: String?
        var presentation = Presentation.plain
    }

    /// What `FIELDS(…)` stands for.
    enum FieldGroup: String, Sendable {
        case all, standard, custom
    }

    enum Column: Sendable, Equatable {
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

    struct TypeOf: Sendable, Equatable {
        let reference: Path
        let branches: [(object: Path, fields: [Path])]
        let otherwise: [Path]?

        static func == (left: TypeOf, right: TypeOf) -> Bool {
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

    indirect enum Condition: Sendable, Equatable {
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

    struct Order: Sendable, Equatable {
        let path: Path
        /// In grouped queries.
        var aggregate: Aggregate?
        /// `GROUPING(…)`
        var isSubtotal = false
        let descending: Bool
        let nullsFirst: Bool
    }

    var isCount = false
    var columns: [Column] = []
    var object = Path(text: "", offset: 0)
    /// Names given behind FROM, lower-cased, with the path each stands for; that of the object itself is empty.
    var aliases: [String: [String]] = [:]
    var scope: Path?
    var condition: Condition?
    var grouping: [Path] = []
    var subtotals = Subtotals.none
    var having: Condition?
    var order: [Order] = []
    var limit: Int?
    var offset: Int?

    /// The plain fields, in order.
    var fields: [Path] { columns.compactMap { if case .field(let path, _) = $0 { path } else { nil } } }

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
    var size: Int {
        switch self {
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + $1.size }
        case .not(let inner): inner.size
        case .compare, .aggregate, .isSubtotal, .semiJoin: 1
        }
    }
}
