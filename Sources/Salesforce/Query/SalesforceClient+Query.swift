internal import HTTPTransport
internal import HTTPTypes

extension SalesforceClient {
    /// Runs a query and returns its first page. With `includeDeleted` records in the recycle bin come too.
    public func query(_ soql: String, includeDeleted: Bool = false, batchSize: Int = 2000) async throws -> QueryPage {
        let resource = (includeDeleted ? "queryAll" : "query") + "?q=" + PercentEncoding.encode(soql)
        return try await page(path(resource), batchSize: batchSize)
    }

    /// The page after this one, or nil after the last. `INVALID_QUERY_LOCATOR` means that the query must start again.
    public func next(_ page: QueryPage, batchSize: Int = 2000) async throws -> QueryPage? {
        guard let url = page.envelope.nextRecordsUrl else { return nil }
        return try await self.page(try Self.checked(url), batchSize: batchSize)
    }

    /// A page by its path, for a load that goes on where another process stopped.
    public func page(at nextRecordsUrl: String, batchSize: Int = 2000) async throws -> QueryPage {
        try await page(try Self.checked(nextRecordsUrl), batchSize: batchSize)
    }

    /// The content of a binary field, at the address with which a query answers for it.
    public func body(at path: String) async throws -> [UInt8] {
        try await call(.get, try Self.checked(path), headers: [.accept: "*/*"]).body
    }

    /// Asks Salesforce how it would run a query, without running it: whether it can be run at all.
    public func explain(_ soql: String) async throws {
        _ = try await call(.get, path("query?explain=" + PercentEncoding.encode(soql)))
    }

    /// How many records a condition finds; the condition is SOQL made with `SOQL`'s functions.
    public func count(_ object: String, where condition: String? = nil) async throws -> Int {
        var soql = "SELECT COUNT() FROM " + (try SOQL.identifier(object))
        if let condition { soql += " WHERE " + condition }
        return try await query(soql).envelope.totalSize
    }

    /// One record's fields, or nil if there is none (any more).
    public func retrieve(_ object: String, id: SalesforceID, fields: [String]) async throws -> [String: String?]? {
        var names: [String] = []
        for field in fields { names.append(try SOQL.identifier(field)) }
        let resource = "sobjects/\(try SOQL.identifier(object))/\(id.text)?fields=" + names.joined(separator: ",")
        let answer: SalesforceAnswer
        do {
            answer = try await call(.get, path(resource))
        } catch let error as SalesforceError
            where error.httpStatus == 404 && (error.code == "NOT_FOUND" || error.code == "ENTITY_IS_DELETED")
        {
            return nil
        }
        var values: [String: String?] = [:]
        var scanner = QueryPageScanner(fields: fields)
        try answer.body.withUnsafeBufferPointer { bytes in
            try scanner.scanRecord(bytes) { record in
                for (index, field) in fields.enumerated() { values.updateValue(record.string(index), forKey: field) }
            }
        }
        return values
    }

    private func page(_ path: String, batchSize: Int) async throws -> QueryPage {
        let headers: HTTPFields = [.sforceQueryOptions: "batchSize=\(min(max(batchSize, 200), 2000))"]
        let answer = try await call(.get, path, headers: headers)
        do throws(SalesforceError) {
            return try QueryPage(bytes: answer.body, serverDate: answer.serverDate)
        } catch {
            throw SalesforceError.unreadable(head: answer.head, body: answer.body, resource: answer.resource, problem: error.message)
        }
    }

    /// A path that came from the org is only followed to the org itself, for the token goes with it.
    static func checked(_ path: String) throws(SalesforceError) -> String {
        guard path.hasPrefix("/services/data/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .invalidRequest("\"\(path.prefix(80))\" is not a path below /services/data/")
        }
        return path
    }
}
