public import FoundationEssentials
internal import HTTPTransport
internal import HTTPTypes

extension SalesforceClient {
    /// Records deleted between two moments, which must be more than a minute apart; Salesforce ignores their seconds.
    public func deleted(_ object: String, from start: Date, to end: Date) async throws -> DeletedRecords {
        let answer = try await call(.get, try deletedPath(object, from: start, to: end)).decode(DeletedAnswer.self)
        return DeletedRecords(
            records: answer.deletedRecords.map { .init(id: $0.id, deletedDate: $0.deletedDate.date) },
            earliestDateAvailable: answer.earliestDateAvailable.date,
            latestDateCovered: answer.latestDateCovered.date
        )
    }

    func deletedPath(_ object: String, from start: Date, to end: Date) throws(SalesforceError) -> String {
        try window("deleted", object, start, end)
    }

    /// Ids of records created or changed between two moments, which must be more than a minute apart.
    public func updated(_ object: String, from start: Date, to end: Date) async throws -> UpdatedRecords {
        let answer = try await call(.get, try window("updated", object, start, end)).decode(UpdatedAnswer.self)
        return UpdatedRecords(ids: answer.ids, latestDateCovered: answer.latestDateCovered.date)
    }

    /// The org's limits by name, such as `DailyApiRequests`.
    public func limits() async throws -> [String: OrganizationLimit] {
        try await call(.get, path("limits")).decode([String: OrganizationLimit].self)
    }

    /// Roughly how many records objects have. Cached by Salesforce, and objects without records may be missing.
    public func recordCount(_ objects: [String]) async throws -> [String: Int] {
        var names: [String] = []
        for object in objects { names.append(try SOQL.identifier(object)) }
        let answer = try await call(.get, path("limits/recordCount?sObjects=" + names.joined(separator: ",")))
        let counts = try answer.decode(RecordCountAnswer.self).sObjects
        return Dictionary(counts.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
    }

    /// The org's own clock, for the upper bound of a poll's window. The call needs no token and does not count.
    public func serverDate() async throws -> Date {
        let answer = try await open("/services/data/")
        guard let date = answer.serverDate else {
            throw SalesforceError.unreadable(head: answer.head, body: answer.body, resource: answer.resource, problem: "no Date header")
        }
        return date
    }

    private func window(_ resource: String, _ object: String, _ start: Date, _ end: Date) throws(SalesforceError) -> String {
        let query = PercentEncoding.form([("start", SalesforceDate.text(start)), ("end", SalesforceDate.text(end))])
        return path("sobjects/\(try SOQL.identifier(object))/\(resource)/?" + query)
    }
}
