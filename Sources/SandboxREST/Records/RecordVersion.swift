import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// Which state of a record an answer shows, for conditional requests: a tag (only Accounts have one, as in Salesforce), and the time of the last
/// change, in whole seconds.
struct RecordVersion: Sendable {
    let tag: String?
    let modified: Int64

    init(_ id: RecordID, in snapshot: OrgSnapshot) {
        let store = snapshot.stores[id.object]
        modified = store.modstamp(id.row, store.state(id.row))
        guard store.object.name == "Account" else {
            tag = nil
            return
        }
        // Of all the values: two changes within a second have different tags.
        var writer = ByteWriter(capacity: 4096)
        for field in store.object.fields {
            store.append(id.row, field, style: .restJSON, to: &writer)
            writer.append(UInt8(ascii: ","))
        }
        var hash: UInt32 = 0x811C_9DC5
        for byte in writer.bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        tag = "\"" + String(repeating: "0", count: 8 - digits.count) + digits + "\""
    }

    func stamp(_ reply: inout Reply) {
        if let tag { reply.headers[.eTag] = tag }
        reply.headers[.lastModified] = HTTPDate.text(modified)
    }

    /// Whether the client has this version already, so that nothing need be sent.
    func isKnown(to call: Call) -> Bool {
        if let tag, let wanted = call.headers[.ifNoneMatch] { return Self.tags(wanted, have: tag) }
        guard let since = call.headers[.ifModifiedSince].flatMap(HTTPDate.parse) else { return false }
        return modified <= since
    }

    /// Refuses what the client wants done only to a version that is not this one.
    func require(by call: Call) throws(OrgError) {
        var isMet = true
        if let tag, let wanted = call.headers[.ifMatch] {
            isMet = Self.tags(wanted, have: tag)
        } else if let since = call.headers[.ifUnmodifiedSince].flatMap(HTTPDate.parse) {
            isMet = modified <= since
        }
        guard isMet else {
            throw OrgError(
                .preconditionFailed, "MATCH_PRECONDITION_FAILED",
                "The record has changed: a precondition of the request's headers is not met")
        }
    }

    /// Tags come in a list, weak or strong, and with `-gzip` behind them when the answer was compressed.
    private static func tags(_ list: String, have tag: String) -> Bool {
        list.split(separator: ",").contains { item in
            var text = item.filter { !$0.isWhitespace }
            if text == "*" { return true }
            if text.hasPrefix("W/") { text.removeFirst(2) }
            return text.replacing("-gzip\"", with: "\"") == tag
        }
    }
}
