import LoggedChanges
import Salesforce

/// One change as it goes to Salesforce.
struct WriteRequest: Sendable, Equatable {
    enum Operation: Sendable, Equatable {
        case insert
        /// Of a row with a unique identifier, which Salesforce refuses where a record has it already (`KeyedInserts`).
        case keyedInsert
        /// By the unique identifier.
        case upsert
        case update(SalesforceID)
        case delete(SalesforceID)

        /// Whether the row's unique identifier says which record it is.
        var isByKey: Bool { self == .keyedInsert || self == .upsert }
    }

    /// What can share a call.
    enum Kind: Hashable, Sendable {
        case insert, upsert, update, delete
    }

    let change: Change
    let operation: Operation
    let fields: [RecordWrite.Field]

    /// Roughly how many bytes it takes: its values, and what is kept of the row.
    var size: Int {
        fields.reduce(20 + 40 * change.values.count) { sum, field in
            switch field.value {
            case .string(let text), .number(let text): sum + text.utf8.count + 3
            case .null, .bool, .parentReference: sum + 20
            }
        }
    }

    var kind: Kind {
        switch operation {
        case .insert, .keyedInsert: .insert
        case .upsert: .upsert
        case .update: .update
        case .delete: .delete
        }
    }

    /// The record as the API takes it.
    var record: RecordWrite {
        switch operation {
        case .insert, .keyedInsert, .upsert: RecordWrite(fields: fields)
        case .update(let id), .delete(let id): RecordWrite(id: id.text, fields: fields)
        }
    }

    /// The record that is written, where it is known.
    var recordID: SalesforceID? {
        switch operation {
        case .insert, .keyedInsert, .upsert: nil
        case .update(let id), .delete(let id): id
        }
    }

    /// Its id as text.
    var sfid: String? { recordID?.text }
}
