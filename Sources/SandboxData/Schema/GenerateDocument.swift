/// How generated rows fill a field.
struct GenerateDocument: Codable, Sendable {
    var kind: GeneratorKind
    var prefix: String?
    var suffix: String?
    var min: Double?
    var max: Double?
    /// Share of nulls in percent.
    var nulls: Int?
    /// Another field of the object, with whose chance the value is made: two datetimes that are alike are the same.
    var like: String?
    /// Seconds that a datetime lies later than the one it is like.
    var plus: Int?
    /// Of `listed`: one row after the other takes the next; an empty text is null.
    var values: [String]?
    /// Of `reference` and `either`: which of the objects that the field may name; the first when absent.
    var to: [String]?
    /// Of `aligned`: an object whose rows are counted round first, so that two fields lead to the same record by different ways.
    var through: String?
    /// Of `aligned`: of every `of` rows, only the one with this number has a value.
    var phase: Int?
    var of: Int?
}

/// The kinds of generated values.
enum GeneratorKind: String, Codable, Sendable {
    case none, sequence, company, firstName, lastName, jobTitle, department, street, city, state, postalCode, country, phone, email, website
    case words, paragraph, code, picklist, multipicklist, boolean, number, date, datetime, time, reference
    /// The values of a list, in turn.
    case listed
    /// True in every row.
    case always
    /// The records of another object, in turn.
    case aligned
    /// Records of one of two objects.
    case either
}
