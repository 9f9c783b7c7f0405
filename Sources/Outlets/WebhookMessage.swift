import Catalog
import Foundation
import Secrets

/// What a webhook is told: a JSON document, signed as the Standard Webhooks specification has it
/// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md): `webhook-id` is the same at every attempt, so that what
/// comes twice is known; `webhook-signature` is `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
struct WebhookMessage: Sendable {
    let id: String
    let timestamp: String
    let body: [UInt8]
    let signature: String

    init(_ delivery: OutletDelivery, connection: Connection, secret: String, now: Date) throws {
        id = "msg_\(delivery.id)"
        timestamp = String(Int(now.timeIntervalSince1970))
        let document: JSONValue = [
            "id": .string(id), "type": .string(delivery.type),
            "timestamp": .string(delivery.createdAt.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            "connection": [
                "id": .string(connection.id.uuidString.lowercased()), "name": .string(connection.name),
                "resource_name": .string(connection.resourceName), "app_name": .string(connection.appName),
            ],
            "data": (try? JSONValue(parsing: delivery.payload)) ?? [:],
        ]
        body = Array(document.text.utf8)
        signature = "v1," + Base64.encode(try HMAC.sha256(Array("\(id).\(timestamp).".utf8) + body, key: Self.key(secret)))
    }

    /// The bytes behind a key such as `whsec_…`.
    private static func key(_ secret: String) -> [UInt8] {
        Base64.decode(secret.dropFirst(secret.hasPrefix("whsec_") ? 6 : 0)) ?? Array(secret.utf8)
    }
}
