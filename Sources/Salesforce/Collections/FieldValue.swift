/// A value that is written to a record.
public enum FieldValue: Sendable, Hashable {
    /// Clears the field.
    case null
    /// A text, date, datetime, id: everything that JSON writes in quotes.
    case string(String)
    /// A checkbox.
    case bool(Bool)
    /// A number in its decimal text, so that no digit is lost on the way.
    case number(String)
    /// A parent that is named by a unique field of its own: `"Account__r": {"External_Id__c": "A-1"}`. The type is needed where
    /// the reference may point to several objects. Takes the place of the field's own name.
    indirect case parentReference(relationship: String, externalField: String, value: FieldValue, type: String? = nil)
}

/// One record to be written.
public struct RecordWrite: Sendable, Hashable {
    /// A field and its value.
    public struct Field: Sendable, Hashable {
        /// API name; not used for a parent reference, which brings its own.
        public let name: String
        /// The value.
        public let value: FieldValue

        /// Makes a field.
        public init(_ name: String, _ value: FieldValue) {
            self.name = name
            self.value = value
        }
    }

    /// The record's id, for an update.
    public var id: String?
    /// The fields in order. An upsert's external id is one of them.
    public var fields: [Field]

    /// Makes a record.
    public init(id: String? = nil, fields: [Field]) {
        self.id = id
        self.fields = fields
    }
}
