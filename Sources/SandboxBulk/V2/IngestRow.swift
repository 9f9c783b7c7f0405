import SandboxBytes

/// One row of an upload, whatever it was written in.
struct IngestRow: Sendable {
    /// Of the column Id, for the operations that name a record by it.
    var id: String?
    /// Of the column of the external id, for upserts.
    var key: JSON = .null
    /// Everything else, as a REST call would have it.
    var members: [JSON.Member] = []
}
