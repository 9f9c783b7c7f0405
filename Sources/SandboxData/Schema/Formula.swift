/// A formula over other fields of the object, by index.
package enum Formula: Sendable {
    case join([Int])
    case multiply(Int, Int, factor: Double)
    case first([Int])
    case map(Int, [String: Value], otherwise: Value)
    case fiscal(Int, FiscalPart)
    case addDays(Int, Int)
    case size(Int)
    case expression(FormulaExpression)
}
