import Catalog
import Foundation
import Secrets

/// What a mailbox is told: all that waits for it as one message (RFC 5322).
struct MailMessage: Sendable {
    let bytes: [UInt8]

    /// - Parameter publicURL: how people reach this server, for a link; nil leaves it out.
    init(_ deliveries: [OutletDelivery], connection: Connection, from sender: String, to recipient: String, publicURL: String?, now: Date) {
        let lines = deliveries.map(Self.line)
        let subject =
            deliveries.count == 1
            ? "\(connection.name): \(lines[0].split(separator: "\n").first.map(String.init) ?? "")"
            : "\(connection.name): \(deliveries.count) notifications"
        let link = publicURL.map { "\n\n\($0)/connections/\(connection.id.uuidString.lowercased())" } ?? ""
        let body =
            "Connection \(connection.name) (\(connection.resourceName)), app \(connection.appName):\n\n" + lines.joined(separator: "\n\n")
            + link + "\n"
        // The number stays the same when the message is sent once more: mail programs show it once.
        let id = "\(deliveries.first?.id ?? 0)-\(deliveries.last?.id ?? 0).\(connection.id.uuidString.lowercased())@sluice"
        let head = [
            "From: Sluice <\(sender)>", "To: <\(recipient)>", "Subject: \(Self.encoded(String(subject.prefix(150))))",
            "Date: \(Self.date(now))",
            "Message-ID: <\(id)>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
            "Auto-Submitted: auto-generated",
        ]
        let encoded = Array(Base64.encode(Array(body.replacing("\n", with: "\r\n").utf8)))
        let wrapped = stride(from: 0, to: encoded.count, by: 76).map { String(encoded[$0..<min($0 + 76, encoded.count)]) }
        bytes = Array((head + [""] + wrapped + [""]).joined(separator: "\r\n").utf8)
    }

    private static func line(_ delivery: OutletDelivery) -> String {
        let data = (try? JSONValue(parsing: delivery.payload)) ?? [:]
        let time = delivery.createdAt.formatted(.iso8601)
        let object = data["object_name"]?.string ?? ""
        switch OutletEvent(rawValue: delivery.type) {
        case .notification:
            return "\(data["notification"]?["message"]?.string ?? "")\n(\(data["notification"]?["event_type"]?.string ?? ""), \(time))"
        case .connectionState, .mappingState:
            let why = data["state_description"]?.string.map { ": \($0)" } ?? ""
            return "\(object.isEmpty ? "the connection" : object) is \(data["state"]?.string ?? "")\(why)\n(\(time))"
        case .writeFailed: return "\(data["failed"]?.integer ?? 0) changes of \(object) could not be written to Salesforce\n(\(time))"
        case nil: return "\(data["message"]?.string ?? delivery.type)\n(\(time))"
        }
    }

    /// A subject of any letters in lines of a header (RFC 2047): words of at most 45 bytes, none cut within a letter.
    static func encoded(_ text: String) -> String {
        var words: [[UInt8]] = [[]]
        for character in text where !character.isNewline {
            let bytes = Array(String(character).utf8)
            if words[words.count - 1].count + bytes.count > 45 { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Base64.encode($0))?=" }.joined(separator: "\r\n ")
    }

    private static func date(_ date: Date) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return format.string(from: date)
    }
}
