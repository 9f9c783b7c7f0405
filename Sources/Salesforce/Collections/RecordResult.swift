/// What became of one record of a batch.
public struct RecordResult: Sendable, Hashable, Decodable {
    /// The record's id; absent where a record was not created.
    public let id: String?
    /// Whether it was written.
    public let success: Bool
    /// Whether an upsert created it.
    public let created: Bool?
    /// Why it was refused.
    public let errors: [RecordRefusal]

    enum CodingKeys: String, CodingKey {
        case id, success, created, errors
    }

    /// A result that came in another form than JSON.
    public init(id: String?, success: Bool, created: Bool?, errors: [RecordRefusal]) {
        self.id = id
        self.success = success
        self.created = created
        self.errors = errors
    }

    /// Reads a result; `errors` may be missing.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decodeIfPresent(String.self, forKey: .id)
        success = try container.decode(Bool.self, forKey: .success)
        created = try container.decodeIfPresent(Bool.self, forKey: .created)
        errors = try container.decodeIfPresent([RecordRefusal].self, forKey: .errors) ?? []
    }

    /// The first error, which is the one that Salesforce shows to people.
    public var error: RecordRefusal? { errors.first }
}
