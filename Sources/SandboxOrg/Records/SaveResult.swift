/// Why one record was refused.
struct RecordError: Error, Sendable, Equatable {
    let code: String
    let message: String
    var fields: [String] = []
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
                guard let error else { return }
                json.object { json in
                    json.field("statusCode", error.code)
                    json.field("message", error.message)
                    json.fieldArray("fields") { json in
                        for field in error.fields { json.value(field) }
                    }
                }
            }
            if let created { json.field("created", created) }
        }
    }
}
