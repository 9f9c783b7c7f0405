/// Refuses a record: an admin's validation rule.
struct ValidationRule: Codable, Sendable {
    var name: String?
    /// Where the error is shown; nil shows it on the page, with an empty list of fields.
    var field: String?
    /// A formula that is true for a record to refuse.
    var condition: String?
    var rejectIfEquals: String?
    var rejectIfContains: String?
    var message: String
}

/// Refuses a record from inside a trigger: what clients see is an exception with the trigger's name.
struct TriggerDocument: Codable, Sendable {
    enum Event: String, Codable, Sendable {
        case insert, update, delete
    }

    var name: String
    var events: [Event]
    /// A formula that is true when the trigger fails.
    var condition: String
    var message: String
}

/// Finds records that are there already.
struct DuplicateRuleDocument: Codable, Sendable {
    var name: String
    /// Records that have the same in all of these, none of them blank, are duplicates.
    var fields: [String]
    /// Whether a client that asks for it may save a duplicate all the same.
    var allowSave: Bool?
    var message: String?
    var matchingRule: String?
}

/// A value that follows the records below.
struct RollUpDocument: Codable, Sendable {
    enum Function: String, Codable, Sendable {
        case count, sum, min, max
    }

    /// The object below, and its reference to this one.
    var object: String
    var reference: String
    var function: Function
    /// What is summed up; not for `count`.
    var field: String?
    /// A formula over the fields of the object below; only records for which it is true count.
    var filter: String?
}

/// What becomes of a record when the one it refers to is deleted.
enum ParentDeletion: String, Codable, Sendable {
    /// The reference stays, and names a deleted record.
    case keep
    /// The reference becomes null.
    case clear
    /// The parent cannot be deleted.
    case restrict
    /// It is deleted as well.
    case cascade
}

/// What the user of the API may do with a field.
enum FieldAccess: String, Codable, Sendable {
    case edit, readOnly, hidden
}
