import Catalog
import MappedSchema
import Salesforce
import Sync

/// Sends the requests of one call. A call that is refused as a whole is halved until the requests that it is refused for are known.
struct BatchDelivery: Sendable {
    /// What Salesforce said of one request.
    struct Answer: Sendable {
        let request: WriteRequest
        let result: RecordResult
    }

    let scope: SyncScope
    let table: TableSchema

    /// What came back so far, also when a later call failed.
    private(set) var answers: [Answer] = []
    /// Requests that Salesforce refuses to be sent at all.
    private(set) var refused: [(request: WriteRequest, error: SalesforceError)] = []
    /// Calls made.
    private(set) var calls = 0

    init(scope: SyncScope, table: TableSchema) {
        self.scope = scope
        self.table = table
    }

    /// - Parameter requests: all of one kind.
    /// - Throws: `SalesforceError` that a whole call met and that is not a request's own; `TableFault` when it is the table's. What came
    ///   before is in `answers` and `refused`.
    mutating func send(_ requests: [WriteRequest]) async throws {
        if let kind = requests.first?.kind { try await send(kind, requests[...]) }
    }

    private mutating func send(_ kind: WriteRequest.Kind, _ requests: ArraySlice<WriteRequest>) async throws {
        do {
            calls += 1
            let results = try await call(kind, Array(requests))
            guard results.count == requests.count else {
                throw SyncError(code: .inconsistent, message: "Salesforce answered \(results.count) results to \(requests.count) records")
            }
            answers += zip(requests, results).map { Answer(request: $0, result: $1) }
        } catch let error as SalesforceError where error.isRefusal {
            if error.retry == .schemaChanged || error.httpStatus == 403 || error.httpStatus == 404 {
                try await SchemaCheck(scope: scope, table: table).find(
                    because: error, sending: Set(requests.flatMap { $0.fields.map(\.name) }))
            }
            guard requests.count > 1 else {
                refused += requests.map { ($0, error) }
                return
            }
            let middle = requests.startIndex + requests.count / 2
            try await send(kind, requests[..<middle])
            try await send(kind, requests[middle...])
        }
    }

    private func call(_ kind: WriteRequest.Kind, _ requests: [WriteRequest]) async throws -> [RecordResult] {
        switch kind {
        case .insert: return try await scope.salesforce.insert(table.objectName, requests.map(\.record))
        case .update: return try await scope.salesforce.update(table.objectName, requests.map(\.record))
        case .delete: return try await scope.salesforce.delete(requests.compactMap { $0.sfid.flatMap { SalesforceID($0) } })
        case .upsert:
            guard let field = table.upsertColumn.flatMap({ table.column(named: $0)?.field }) else {
                throw TableFault(
                    state: .badConfig, message: "the unique identifier of \(table.objectName) is not mapped: map it, or choose another")
            }
            return try await scope.salesforce.upsert(table.objectName, externalIDField: field, requests.map(\.record))
        }
    }
}

extension SalesforceError {
    /// Salesforce refused the call and will refuse it again, as long as it is the same.
    var isRefusal: Bool {
        guard !mayHaveBeenApplied else { return false }
        switch retry {
        case .schemaChanged: return true
        case .never: return code != .cancelled
        case .refreshSession, .backOff, .organizationLimit, .needsAuthorization, .versionRetired: return false
        }
    }
}
