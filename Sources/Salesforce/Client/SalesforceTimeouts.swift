public import HTTPTransport

/// How long a call may take, by its kind.
public struct SalesforceTimeouts: Sendable, Hashable {
    /// Reading: Salesforce itself gives up a query after 120 s.
    public var read: HTTPTimeouts
    /// Writing a batch: triggers and flows of 200 records may take minutes, and giving up early leaves the outcome unknown.
    public var write: HTTPTimeouts
    /// Downloading a Bulk result: as long as bytes come.
    public var download: HTTPTimeouts

    /// Makes time-outs; the defaults fit Salesforce's own limits.
    public init(
        read: HTTPTimeouts = HTTPTimeouts(total: .seconds(180), stall: .seconds(130)),
        write: HTTPTimeouts = HTTPTimeouts(total: .seconds(330), stall: .seconds(320)),
        download: HTTPTimeouts = HTTPTimeouts(total: .seconds(3 * 3600), stall: .seconds(120))
    ) {
        self.read = read
        self.write = write
        self.download = download
    }
}
