import Catalog
import Foundation
import Outlets
import WebServer

/// An outlet as the API tells it: where it is without what is secret, and how it does.
struct OutletDocument {
    let outlet: Outlet
    /// The key of its signatures; only in the answer that made it.
    var secret: String?

    var value: JSONValue {
        var members: [JSONValue.Member] = [
            .init("id", .string(outlet.id.uuidString.lowercased())),
            .init("kind", .string(outlet.kind.rawValue)),
            .init("address", .string(outlet.target)),
            .init("events", .array(outlet.events.map { .string($0.rawValue) })),
            .init("level", outlet.kind == .drain ? .string(outlet.level.rawValue) : .null),
            .init("token", .optional(outlet.drainToken)),
            .init("enabled", .bool(outlet.isEnabled)),
            .init("state", .string(state)),
            .init("created_at", .string(Timestamp.iso(outlet.createdAt))),
            .init("created_by", .string(outlet.createdBy)),
            .init("delivered", .integer(outlet.delivered)),
            .init("delivered_at", .optional(Timestamp.iso(outlet.deliveredAt))),
            .init("waiting", .integer(outlet.waiting)),
            .init("failures", .integer(outlet.failures)),
            .init("failing_since", .optional(Timestamp.iso(outlet.failingSince))),
            .init("last_error", .optional(outlet.lastError)),
            .init("next_attempt_at", .optional(Timestamp.iso(outlet.nextAttemptAt))),
            .init("dropped", .integer(outlet.dropped)),
        ]
        if let secret { members.append(.init("secret", .string(secret))) }
        return .object(members)
    }

    private var state: String {
        if !outlet.isEnabled { return "disabled" }
        if outlet.failures > 0 { return "failing" }
        return outlet.deliveredAt == nil ? "untested" : "ok"
    }
}
