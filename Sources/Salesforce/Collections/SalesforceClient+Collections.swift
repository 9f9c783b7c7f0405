internal import HTTPTransport
internal import HTTPTypes

extension SalesforceClient {
    /// The most records that one call of sObject Collections takes.
    public static var collectionLimit: Int { 200 }

    /// Creates records. The results stand in the order of the records; one that fails does not stop the others.
    public func insert(_ object: String, _ records: [RecordWrite]) async throws -> [RecordResult] {
        try await write(.post, "composite/sobjects", object, records)
    }

    /// Changes records, each of which carries its id.
    public func update(_ object: String, _ records: [RecordWrite]) async throws -> [RecordResult] {
        guard records.allSatisfy({ $0.id != nil }) else { throw SalesforceError.invalidRequest("an update needs the id of each record") }
        return try await write(.patch, "composite/sobjects", object, records)
    }

    /// Creates or changes records by a unique field, which is among the fields of each. Two records with the same key in one
    /// call are both refused by Salesforce.
    public func upsert(_ object: String, externalIDField: String, _ records: [RecordWrite]) async throws -> [RecordResult] {
        let resource = "composite/sobjects/\(try SOQL.identifier(object))/\(try SOQL.identifier(externalIDField))"
        return try await write(.patch, resource, object, records, idKey: "Id")
    }

    /// Deletes records. One that is gone already has an error for which `RecordRefusal.isAlreadyDeleted` is true.
    public func delete(_ ids: [SalesforceID]) async throws -> [RecordResult] {
        guard !ids.isEmpty else { return [] }
        try Self.checkCount(ids.count)
        let query = "composite/sobjects?ids=" + ids.map(\.text).joined(separator: ",") + "&allOrNone=false"
        return try results(try await call(.delete, path(query)), count: ids.count)
    }

    private func write(
        _ method: HTTPRequest.Method, _ resource: String, _ object: String, _ records: [RecordWrite], idKey: String = "id"
    ) async throws -> [RecordResult] {
        guard !records.isEmpty else { return [] }
        try Self.checkCount(records.count)
        let body = try RecordEncoder.body(object: object, records: records, idKey: idKey)
        return try results(try await call(method, path(resource), json: body), count: records.count)
    }

    /// Results are matched to records by their place alone, so a list of another length is worth nothing.
    private func results(_ answer: SalesforceAnswer, count: Int) throws -> [RecordResult] {
        let results = try answer.decode([RecordResult].self)
        guard results.count == count else {
            throw SalesforceError.unreadable(
                head: answer.head, body: answer.body, resource: answer.resource,
                problem: "\(results.count) results for \(count) records")
        }
        return results
    }

    private static func checkCount(_ count: Int) throws(SalesforceError) {
        guard count <= collectionLimit else {
            throw .invalidRequest("\(count) records in one call; Salesforce takes \(collectionLimit)")
        }
    }
}
