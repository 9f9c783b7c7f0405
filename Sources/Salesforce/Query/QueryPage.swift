public import FoundationEssentials

/// A page of records as it came, to be read with `QueryPageScanner`.
public struct QueryPage: Sendable {
    /// The JSON.
    public let bytes: [UInt8]
    /// What stands around the records.
    public let envelope: QueryPageEnvelope
    /// The server's clock when it answered.
    public let serverDate: Date?

    /// Takes a page; throws if it is not one. Reads no further than the envelope's keys, which Salesforce puts before the
    /// records.
    public init(bytes: [UInt8], serverDate: Date? = nil) throws(SalesforceError) {
        envelope = try QueryPageScanner.envelope(of: bytes)
        self.bytes = bytes
        self.serverDate = serverDate
    }

    /// Whether this is the last page. Never conclude that from the number of records.
    public var isLast: Bool { envelope.nextRecordsUrl == nil }
}

/// What stands around a page's records.
public struct QueryPageEnvelope: Sendable, Hashable {
    /// How many records the query found, over all pages.
    public internal(set) var totalSize = 0
    /// Whether this is the last page.
    public internal(set) var done = true
    /// The path of the next page.
    public internal(set) var nextRecordsUrl: String?
}
