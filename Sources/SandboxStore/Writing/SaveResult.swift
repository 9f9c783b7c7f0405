package import SandboxBytes
package import SandboxData
import SandboxQuery

/// Why one record was refused.
package struct RecordError: CodedRefusal, Equatable {
    package let code: String
    package let message: String
    package var fields: [String] = []
    /// What else is wrong with the record.
    package var further: [RecordError] = []
    /// Of JSON_PARSER_ERROR.
    package var mismatch: TypeMismatch?
    /// Of DUPLICATES_DETECTED.
    package var duplicates: DuplicateFinding?

    package init(code: String, message: String, fields: [String] = [], duplicates: DuplicateFinding? = nil) {
        self.code = code
        self.message = message
        self.fields = fields
        self.duplicates = duplicates
    }

    /// All that is wrong with a record; nil when nothing is.
    package init?(_ problems: [RecordError]) {
        guard var first = problems.first else { return nil }
        first.further += problems.dropFirst()
        self = first
    }

    package var all: [RecordError] { [self] + further }
}

/// What became of one record of a write.
package struct SaveResult: Sendable {
    package var id: RecordID?
    package var error: RecordError?
    /// Upserts say whether the record is new.
    package var created: Bool?

    package init(id: RecordID? = nil, error: RecordError? = nil, created: Bool? = nil) {
        self.id = id
        self.error = error
        self.created = created
    }

    package var isSuccess: Bool { error == nil }

    package static func failed(_ error: RecordError, id: RecordID? = nil) -> SaveResult { SaveResult(id: id, error: error) }

    package func write(_ json: inout JSONWriter, schema: OrgSchema) {
        json.object { json in
            if let id { json.field("id", schema.text(of: id)) }
            json.field("success", isSuccess)
            json.fieldArray("errors") { json in
                for error in error?.all ?? [] {
                    json.object { json in
                        json.field("statusCode", error.code)
                        json.field("message", error.message)
                        json.fieldArray("fields") { json in
                            for field in error.fields { json.value(field) }
                        }
                    }
                }
            }
            if let created { json.field("created", created) }
        }
    }
}
