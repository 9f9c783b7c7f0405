import MappedSchema
import Salesforce

/// One change as it goes to Salesforce.
struct WriteRequest: Sendable {
    enum Operation: Sendable, Equatable {
        case insert
        /// By the unique identifier.
        case upsert
        case update(SalesforceID)
        case delete(SalesforceID)
    }

    let change: Change
    let operation: Operation
    let fields: [RecordWrite.Field]

    /// The record as the API takes it.
    var record: RecordWrite {
        switch operation {
        case .insert, .upsert: RecordWrite(fields: fields)
        case .update(let id), .delete(let id): RecordWrite(id: id.text, fields: fields)
        }
    }

    /// The record that is written, where it is known.
    var sfid: String? {
        switch operation {
        case .insert, .upsert: nil
        case .update(let id), .delete(let id): id.text
        }
    }
}
