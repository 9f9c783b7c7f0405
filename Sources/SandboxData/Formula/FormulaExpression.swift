/// A formula, ready to be evaluated: its fields are found and its types are right.
package indirect enum FormulaExpression: Sendable {
    case literal(Value)
    case field(FormulaPath)
    case negated(FormulaExpression)
    case inverted(FormulaExpression)
    case binary(FormulaOperator, FormulaExpression, FormulaExpression)
    case call(FormulaFunction, [FormulaExpression])

    /// Every field it reads.
    package var paths: [FormulaPath] {
        switch self {
        case .literal: []
        case .field(let path): [path]
        case .negated(let inner), .inverted(let inner): inner.paths
        case .binary(_, let left, let right): left.paths + right.paths
        case .call(_, let arguments): arguments.flatMap(\.paths)
        }
    }

    /// Whether it reads fields of other records.
    var isCrossObject: Bool { paths.contains { !$0.steps.isEmpty } }
}

/// A field of the record itself, or of one that its references lead to.
package struct FormulaPath: Hashable, Sendable {
    /// Reference fields to follow, each a field of the object that the one before leads to.
    package let steps: [Int]
    /// The objects they lead to; a polymorphic reference to another one ends the way.
    package let objects: [Int]
    /// The field's place in the last object.
    package let field: Int

    package init(steps: [Int], objects: [Int], field: Int) {
        self.steps = steps
        self.objects = objects
        self.field = field
    }
}

/// The operators of a formula.
package enum FormulaOperator: String, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case power = "^"
    case join = "&"
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case and = "&&"
    case or = "||"

    init?(symbol: String) {
        switch symbol {
        case "==": self = .equal
        case "!=": self = .notEqual
        default: self.init(rawValue: symbol)
        }
    }

    /// How strongly it binds.
    var strength: Int {
        switch self {
        case .or: 1
        case .and: 2
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: 3
        case .add, .subtract, .join: 4
        case .multiply, .divide: 5
        case .power: 6
        }
    }
}

/// What a formula or a part of it yields.
package enum FormulaType: String, Sendable {
    case text = "Text"
    case number = "Number"
    case boolean = "Boolean"
    case date = "Date"
    case datetime = "DateTime"
    case time = "Time"
    /// The literal NULL.
    case null = "Null"

    init(_ type: FieldType) {
        switch type {
        case .boolean: self = .boolean
        case .int, .double, .currency, .percent: self = .number
        case .date: self = .date
        case .datetime: self = .datetime
        case .time: self = .time
        default: self = .text
        }
    }

    package func fits(_ other: FormulaType) -> Bool { self == other || self == .null || other == .null }
}
