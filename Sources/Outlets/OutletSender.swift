import Catalog
import Foundation
import HTTPTransport
import HTTPTypes
import Secrets

/// Tells one outlet some of what waits for it.
struct OutletSender: Sendable {
    /// Why an outlet was not told; without what is secret in its address.
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    let outlet: Outlet
    let connection: Connection
    let configuration: OutletConfiguration
    let http: HTTPClient
    let key: SealingKey

    /// How many are told at once: webhooks one at a time, a mailbox what a person reads, a drain what a request holds.
    var batch: Int {
        switch outlet.kind {
        case .webhook: 1
        case .email: 50
        case .drain: 500
        }
    }

    /// - Throws: `Refusal` when the outlet does not take it; `HTTPTransportError`, `SecretsError`, `CatalogError`.
    func tell(_ deliveries: [OutletDelivery]) async throws {
        let text = try OutletSeal.open(outlet.addressSealed, context: OutletSeal.address(outlet.id), key: key)
        switch try OutletAddress(text, kind: outlet.kind, policy: configuration.addresses) {
        case .webhook(let url): try await post(deliveries[0], to: url)
        case .logplex(let url): try await drain(deliveries, to: url)
        case .syslog(let address):
            try await StreamTransfer.send(
                frames(deliveries).flatMap(\.self), to: address, addresses: configuration.addresses, caFile: configuration.caFile)
        case .mailbox(let address): try await mail(deliveries, to: address)
        }
    }

    private func post(_ delivery: OutletDelivery, to url: String) async throws {
        guard let sealed = outlet.secretSealed else { throw Refusal(description: "the webhook has no key to sign with; make it anew") }
        let secret = try OutletSeal.open(sealed, context: OutletSeal.secret(outlet.id), key: key)
        let message = try WebhookMessage(delivery, connection: connection, secret: secret, now: Date())
        try await send(
            url,
            headers: [
                .contentType: "application/json", .webhookID: message.id, .webhookTimestamp: message.timestamp,
                .webhookSignature: message.signature,
            ], body: message.body)
    }

    private func drain(_ deliveries: [OutletDelivery], to url: String) async throws {
        let frames = frames(deliveries)
        try await send(
            url,
            headers: [
                .contentType: "application/logplex-1", .logplexMessageCount: String(frames.count),
                .logplexFrameID: "\(outlet.id.uuidString.lowercased())-\(deliveries[0].id)-\(deliveries[deliveries.count - 1].id)",
                .logplexDrainToken: outlet.drainToken ?? "",
            ], body: frames.flatMap(\.self))
    }

    private func frames(_ deliveries: [OutletDelivery]) -> [[UInt8]] {
        deliveries.map { DrainLine($0).frame(connection: connection.id, drainToken: outlet.drainToken ?? "-") }
    }

    private func send(_ url: String, headers: HTTPFields, body: [UInt8]) async throws {
        let request = TransferRequest(
            method: .post, url: url, headers: headers, body: .bytes(body),
            timeouts: HTTPTimeouts(connect: .seconds(10), total: .seconds(20), stall: .seconds(15)))
        let response = try await http.send(request)
        let status = response.status
        // What else it says nobody reads.
        response.body.cancel()
        guard (200..<300).contains(status) else {
            throw Refusal(
                description: "it answered with status \(status)\((300..<400).contains(status) ? ": redirects are not followed" : "")")
        }
    }

    private func mail(_ deliveries: [OutletDelivery], to recipient: String) async throws {
        guard let server = configuration.mail else { throw Refusal(description: "this process has no mail server: set SLUICE_SMTP_URL") }
        let message = MailMessage(
            deliveries, connection: connection, from: configuration.sender, to: recipient, publicURL: configuration.publicURL, now: Date())
        try await MailTransfer.send(message.bytes, from: configuration.sender, to: [recipient], through: server)
    }
}
