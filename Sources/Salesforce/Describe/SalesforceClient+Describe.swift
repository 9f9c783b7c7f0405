internal import HTTPTransport

extension SalesforceClient {
    /// All objects that the integration user may see.
    public func describeGlobal() async throws -> [ObjectSummary] {
        try await call(.get, path("sobjects")).decode(GlobalDescribe.self).sobjects
    }

    /// One object with its fields.
    public func describe(_ object: String) async throws -> ObjectDescribe {
        try await call(.get, path("sobjects/\(try SOQL.identifier(object))/describe")).decode(ObjectDescribe.self)
    }
}
