/// A formula the org can evaluate; exactly one of its members but the last ones says how.
struct FormulaDocument: Codable, Sendable {
    /// In Salesforce's own language.
    var expression: String?
    /// Texts, joined by a space.
    var join: [String]?
    /// Two numbers, multiplied with each other and the factor.
    var multiply: [String]?
    var factor: Double?
    /// The first of the fields that is not empty.
    var first: [String]?
    /// A text field whose value `values` turns into another one, and `otherwise` where it is not among them.
    var map: String?
    var values: [String: String]?
    var otherwise: String?
    /// A date field, and which `part` of the fiscal year it lies in: `year`, `quarter`, or `label`.
    var fiscal: String?
    var part: FiscalPart?
    /// A date field, and how many `days` are added to it.
    var date: String?
    var days: Int?
    /// A base64 field, whose bytes are counted.
    var size: String?
    /// What describe shows; nil hides it, as it does for the standard compound names.
    var text: String?
}

/// What a date says of its fiscal year, which is the calendar's.
enum FiscalPart: String, Codable, Sendable {
    case year, quarter, label
}
