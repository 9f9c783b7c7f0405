internal import ForeignText

/// Why Salesforce refused one record of a batch that it took otherwise.
public struct RecordRefusal: Sendable, Hashable, Codable {
    /// Salesforce's code, such as `UNABLE_TO_LOCK_ROW`.
    public let statusCode: String
    /// Salesforce's message.
    public let message: String
    /// The fields it names.
    public let fields: [String]

    /// Makes an error. Whatever was told by the org is cut to what people read.
    public init(statusCode: String, message: String, fields: [String] = []) {
        self.statusCode = String(foreign: statusCode, limit: SalesforceError.longestName)
        self.message = String(foreign: message)
        self.fields = SalesforceError.names(fields)
    }

    /// Reads an error; `fields` may be missing.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            statusCode: try container.decode(String.self, forKey: .statusCode),
            message: try container.decodeIfPresent(String.self, forKey: .message) ?? "",
            fields: try container.decodeIfPresent([String].self, forKey: .fields) ?? [])
    }

    /// What can help.
    public var retry: RetryClass { RetryClass.of(code: statusCode) ?? .never }

    /// Whether the same record may be accepted later as it is.
    public var isRetryable: Bool { retry == .backOff || retry == .organizationLimit }

    /// Whether the record is gone: a delete that meets this has nothing left to do.
    public var isAlreadyDeleted: Bool {
        statusCode == "ENTITY_IS_DELETED" || statusCode == "NOT_FOUND"
    }

    /// The error for a person: Salesforce's own words, then what to do where the words do not say it.
    public var humanMessage: String {
        var text = statusCode + ": " + message
        let unnamed = fields.filter { !message.contains($0) }
        if !unnamed.isEmpty { text += " [" + unnamed.joined(separator: ", ") + "]" }
        return String(foreign: advice.map { text + " – " + $0 } ?? text)
    }

    /// What the error means or what to do, where Salesforce's words do not say it.
    public var advice: String? { Self.advice[statusCode] }

    private static let advice: [String: String] = [
        "UNABLE_TO_LOCK_ROW": "another transaction holds this record or its parent; it will be tried again",
        "TOO_MANY_APEX_REQUESTS": "the org runs too much Apex at once; it will be tried again",
        "STORAGE_LIMIT_EXCEEDED": "the org's data storage is full",
        "REQUEST_LIMIT_EXCEEDED": "the org has used up its API calls for 24 hours",
        "REQUIRED_FIELD_MISSING": "fill the field, or give it a default in Salesforce",
        "STRING_TOO_LONG": "shorten the value, or lengthen the field in Salesforce",
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "add the value to the picklist, or unrestrict it",
        "INVALID_FIELD_FOR_INSERT_UPDATE": "the integration user may not write this field",
        "INSUFFICIENT_ACCESS_OR_READONLY": "the integration user may not write this record",
        "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "the integration user may not use the record it refers to",
        "INVALID_CROSS_REFERENCE_KEY": "the record it refers to does not exist or is not visible",
        "DUPLICATE_VALUE": "another record has this value in a unique field",
        "DUPLICATES_DETECTED": "a duplicate rule of the org stopped it",
        "FIELD_CUSTOM_VALIDATION_EXCEPTION": "a validation rule of the org stopped it",
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "a trigger or flow of the org failed",
        "ENTITY_IS_DELETED": "the record was deleted in Salesforce",
        "ENTITY_IS_LOCKED": "the record is locked, for example by an approval process",
    ]
}
