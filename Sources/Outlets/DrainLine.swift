import Catalog
import Foundation

/// A line of the log as Heroku Connect writes it (heroku-connect.md 6): the message with its fields, from the source `app` and the process
/// `herokuconnect`, in syslog's form (RFC 5424) with its length before it (RFC 6587), as Heroku's drains send it.
struct DrainLine: Sendable {
    private let event: JSONValue
    private let createdAt: Date

    init(_ delivery: OutletDelivery) {
        event = (try? JSONValue(parsing: delivery.payload)) ?? [:]
        createdAt = delivery.createdAt
    }

    /// `event="…" addon_id=… object_type=mapping object_id=… state=… level=…`
    func message(connection: UUID) -> String {
        let mapping = event["mapping_id"]?.string
        let id = connection.uuidString.lowercased()
        let text = (event["message"]?.string ?? "").replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return [
            "event=\"\(Self.oneLine(text))\"", "addon_id=\(id)", "object_type=\(mapping == nil ? "sync" : "mapping")",
            "object_id=\(mapping ?? id)",
            "state=\(event["state"]?.string ?? "")", "level=\(event["level"]?.string ?? "info")",
        ].joined(separator: " ")
    }

    /// With the length in bytes before it, for a stream or a body of many.
    func frame(connection: UUID, drainToken: String) -> [UInt8] {
        let time = createdAt.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)).replacing("Z", with: "+00:00")
        let line = "<\(priority)>1 \(time) \(drainToken) app herokuconnect - - \(message(connection: connection))"
        return Array("\(line.utf8.count) ".utf8) + Array(line.utf8)
    }

    /// The facility local0, as Heroku's drains have it, and the severity.
    private var priority: Int {
        let severity =
            switch event["level"]?.string {
            case "error": 3
            case "warning": 4
            case "debug": 7
            default: 6
            }
        return 16 * 8 + severity
    }

    private static func oneLine(_ text: String) -> String {
        String(text.map { $0.isNewline || $0.unicodeScalars.first?.properties.generalCategory == .control ? " " : $0 })
    }
}
