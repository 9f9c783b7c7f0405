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
package struct TriggerDocument: Codable, Sendable {
    package enum Event: String, Codable, Sendable {
        case insert, update, delete
    }

    package var name: String
    package var events: [Event]
    /// A formula that is true when the trigger fails.
    package var condition: String
    package var message: String
}

/// Finds records that are there already.
package struct DuplicateRuleDocument: Codable, Sendable {
    package var name: String
    /// Records that have the same in all of these, none of them blank, are duplicates.
    package var fields: [String]
    /// Whether a client that asks for it may save a duplicate all the same.
    package var allowSave: Bool?
    package var message: String?
    package var matchingRule: String?
}

/// A value that follows the records below.
package struct RollUpDocument: Codable, Sendable {
    package enum Function: String, Codable, Sendable {
        case count, sum, min, max
    }

    /// The object below, and its reference to this one.
    package var object: String
    package var reference: String
    package var function: Function
    /// What is summed up; not for `count`.
    package var field: String?
    /// A formula over the fields of the object below; only records for which it is true count.
    package var filter: String?
}

/// What becomes of a record when the one it refers to is deleted.
package enum ParentDeletion: String, Codable, Sendable {
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
package enum FieldAccess: String, Codable, Sendable {
    case edit, readOnly, hidden
}
