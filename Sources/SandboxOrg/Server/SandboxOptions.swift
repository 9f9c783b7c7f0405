/// How a sandbox org is set up.
public struct SandboxOptions: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 0
    /// A second port that speaks TLS, with a certificate of the org's own authority for Salesforce's hosts; 0 takes any free one, nil has none.
    public var tlsPort: Int?
    /// The port of a CONNECT proxy that leads every host to this org, over TLS; 0 takes any free one, nil has none.
    public var proxyPort: Int?
    /// Where the authority, the certificate and their keys are kept; a temporary directory when nil.
    public var tlsDirectory: String?
    /// A TLS handshake, with the CONNECT before it, may take so long.
    public var handshakeTimeout: Duration = .seconds(10)
    /// How hard answers are compressed for clients that ask for it, from 1 to 9; 0 compresses none.
    public var compressionLevel = 1
    /// What token answers and describes call the org, such as `https://acme.my.salesforce.com`; where it listens when nil.
    public var instanceURL: String?
    /// A schema file; the built-in schema when nil.
    public var schemaPath: String?
    /// The directory that keeps the org; in memory only when nil.
    public var dataPath: String?
    /// Bytes of the directory's journal that call for a snapshot.
    public var journalLimit = 64 << 20
    /// Generated rows by object name; objects not named have as many as the schema says.
    public var rows: [String: Int] = [:]
    /// Decides every generated value.
    public var seed: UInt64 = 1
    /// How long an unused access token lives.
    public var sessionSeconds = 7200
    /// API calls before REQUEST_LIMIT_EXCEEDED.
    public var apiQuota = 15_000
    /// How long a bulk job stays in progress.
    public var bulkDelay: Duration = .zero
    /// Rows of a bulk result page when the client does not say.
    public var bulkPageRows = 50_000
    /// How old recordCount's statistics may become before they are taken again, by the org's clock; 0 makes them exact.
    public var recordCountSeconds = 3600
    /// Whether records have been counted at all, or recordCount knows of no object yet.
    public var countsRecords = true
    /// A refresh gives a new refresh token and ends the old one.
    public var rotatesRefreshTokens = false
    /// The connected app's certificate for the JWT bearer flow, as PEM text.
    public var certificatePEM: String?
    /// Whether the user has the permission Bulk API Hard Delete.
    public var allowsHardDelete = true
    /// So far the org's clock is ahead of the one below.
    public var clockOffsetSeconds = 0
    /// How long every API call takes, and besides for each record that it returns or writes.
    public var callLatency: Duration = .zero
    /// See ``callLatency``.
    public var recordLatency: Duration = .zero
    /// Failures in force from the start, as JSON documents of the form `{"trouble": [{…}], "faults": {…}}`, of a list of troubles, or of one.
    public var troubles: [String] = []
    /// How many change events are kept for those who come back, for 72 hours at the most.
    public var retainedEvents = 100_000
    /// How many changes of records `/sandbox/history` tells of, the newest; 0 for none.
    public var historyEntries = 250_000
    /// How long a CometD connect without events is held.
    public var connectTimeout: Duration = .seconds(110)
    /// A CometD client that does not connect again within this time is forgotten.
    public var clientIdleSeconds = 40
    /// Seconds since 1970; the system's clock when nil. It stamps records and answers, and ends sessions.
    public var clock: (@Sendable () -> Int64)?

    /// The defaults.
    public init() {}
}
