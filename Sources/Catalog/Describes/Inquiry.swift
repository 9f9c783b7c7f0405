public import Foundation
import Postgres

/// A question that only a worker can answer, since the answer takes Salesforce.
public struct Inquiry: Sendable, Identifiable {
    /// What is asked.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// Whether a connection, or one of its mappings, is in order (`validations`).
        case validation
        /// What another API version would change (`schema-diff`).
        case schemaDiff = "schema_diff"
        /// What the adoption of a schema did, or would do (`actions/adopt`).
        case adoption
    }

    /// The id in the address of the answer.
    public let id: UUID
    /// The connection it is about.
    public let connectionID: UUID
    /// The mapping it is about; nil when it is about the whole connection.
    public let mappingID: UUID?
    /// What is asked.
    public let kind: Kind
    /// The job that answers.
    public let jobID: Int64?
    /// The answer, JSON text; nil while it is awaited.
    public let answer: String?

    init(row: PostgresRow) throws {
        id = try row.decode("id")
        connectionID = try row.decode("connection_id")
        mappingID = try row.decodeIfPresent("mapping_id")
        let name: String = try row.decode("kind")
        guard let kind = Kind(rawValue: name) else {
            throw CatalogError(code: .corrupt, message: "inquiry \(id) is of the unknown kind \(name)")
        }
        self.kind = kind
        jobID = try row.decodeIfPresent("job_id")
        answer = try row.decodeIfPresent("answer")
    }
}
