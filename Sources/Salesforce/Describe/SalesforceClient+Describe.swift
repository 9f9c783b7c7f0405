internal import HTTPTransport
internal import HTTPTypes

extension SalesforceClient {
    /// All objects that the integration user may see.
    public func describeGlobal() async throws -> [ObjectSummary] {
        try await call(.get, path("sobjects")).decode(GlobalDescribe.self).sobjects
    }

    /// One object with its fields.
    public func describe(_ object: String) async throws -> ObjectDescribe {
        try await call(.get, path("sobjects/\(try SOQL.identifier(object))/describe")).decode(ObjectDescribe.self)
    }

    /// One object with its fields, if that has changed since a describe.
    ///
    /// - Parameter date: `lastModified` of that describe; nil asks whatever has changed.
    /// - Returns: nil when nothing has.
    public func describe(_ object: String, ifModifiedSince date: String?) async throws -> DatedDescribe? {
        let resource = path("sobjects/\(try SOQL.identifier(object))/describe")
        do {
            let answer = try await call(.get, resource, headers: date.map { [.ifModifiedSince: $0] } ?? [:])
            return DatedDescribe(object: try answer.decode(ObjectDescribe.self), lastModified: answer.head.headers[first: .lastModified])
        } catch let error as SalesforceError where error.httpStatus == 304 {
            return nil
        }
    }
}

/// A describe, and since when the object is so.
public struct DatedDescribe: Sendable, Hashable {
    /// The object with its fields.
    public let object: ObjectDescribe
    /// `Last-Modified` as Salesforce wrote it.
    public let lastModified: String?
}
