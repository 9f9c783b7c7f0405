/// A formula the org can evaluate; exactly one of its members but the last ones says how.
package struct FormulaDocument: Codable, Sendable {
    /// In Salesforce's own language.
    package var expression: String?
    /// Texts, joined by a space.
    package var join: [String]?
    /// Two numbers, multiplied with each other and the factor.
    package var multiply: [String]?
    package var factor: Double?
    /// The first of the fields that is not empty.
    package var first: [String]?
    /// A text field whose value `values` turns into another one, and `otherwise` where it is not among them.
    package var map: String?
    package var values: [String: String]?
    package var otherwise: String?
    /// A date field, and which `part` of the fiscal year it lies in: `year`, `quarter`, or `label`.
    var fiscal: String?
    package var part: FiscalPart?
    /// A date field, and how many `days` are added to it.
    package var date: String?
    package var days: Int?
    /// A base64 field, whose bytes are counted.
    package var size: String?
    /// What describe shows; nil hides it, as it does for the standard compound names.
    package var text: String?
}

/// What a date says of its fiscal year, which is the calendar's.
package enum FiscalPart: String, Codable, Sendable {
    case year, quarter, label
}
