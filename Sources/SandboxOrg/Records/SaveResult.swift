/// Why one record was refused.
struct RecordError: Error, Sendable, Equatable {
    let code: String
    let message: String
    var fields: [String] = []
    /// What else is wrong with the record.
    var further: [RecordError] = []
    /// Of DUPLICATES_DETECTED.
    var duplicates: DuplicateFinding?

    init(code: String, message: String, fields: [String] = [], duplicates: DuplicateFinding? = nil) {
        self.code = code
        self.message = message
        self.fields = fields
        self.duplicates = duplicates
    }

    /// All that is wrong with a record; nil when nothing is.
    init?(_ problems: [RecordError]) {
        guard var first = problems.first else { return nil }
        first.further += problems.dropFirst()
        self = first
    }

    var all: [RecordError] { [self] + further }
}

/// What became of one record of a write.
struct SaveResult: Sendable {
    var id: RecordID?
    var error: RecordError?
    /// Upserts say whether the record is new.
    var created: Bool?

    var isSuccess: Bool { error == nil }

    static func failed(_ error: RecordError, id: RecordID? = nil) -> SaveResult { SaveResult(id: id, error: error) }

    func write(_ json: inout JSONWriter, schema: OrgSchema) {
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
