import Catalog
import Foundation
import HTTPTransport
import Outlets
import Postgres
import RawHTTPServer
import Secrets
import Synchronization
import Testing

@Suite("E-mail")
struct MailTests {
    /// A mail server that takes everything, or refuses a recipient.
    private final class Mailbox: Sendable {
        let commands = Mutex<[String]>([])
        let messages = Mutex<[String]>([])
        let refusesRecipient = Mutex(false)

        func serve(_ connection: RawConnection) throws {
            try connection.write("220 mail ESMTP\r\n")
            while true {
                let line = String(decoding: try connection.readLine(), as: UTF8.self)
                commands.withLock { $0.append(line) }
                switch line.prefix(4).uppercased() {
                case "EHLO": try connection.write("250-mail\r\n250-AUTH PLAIN\r\n250 SIZE 1000000\r\n")
                case "AUTH":
                    if line.hasSuffix("PLAIN") {
                        try connection.write("334 \r\n")
                        _ = try connection.readLine()
                    }
                    try connection.write("235 ok\r\n")
                case "RCPT" where refusesRecipient.withLock({ $0 }): try connection.write("550 no such mailbox\r\n")
                case "DATA":
                    try connection.write("354 go on\r\n")
                    var text = ""
                    while case let line = String(decoding: try connection.readLine(), as: UTF8.self), line != "." { text += line + "\n" }
                    messages.withLock { $0.append(text) }
                    try connection.write("250 taken\r\n")
                case "QUIT":
                    try connection.write("221 bye\r\n")
                    return
                default: try connection.write("250 ok\r\n")
                }
            }
        }
    }

    private func configuration(_ port: UInt16) throws -> OutletConfiguration {
        try OutletConfiguration(
            environment: [
                "SLUICE_SMTP_URL": "smtp://127.0.0.1:\(port)", "SLUICE_MAIL_FROM": "sluice@example.com", "SLUICE_SMTP_USER": "user",
                "SLUICE_SMTP_PASSWORD": "s3cret", "SLUICE_ALLOWED_NETWORKS": "127.0.0.0/8",
                "SLUICE_PUBLIC_URL": "https://sluice.example.com/",
            ])
    }

    @Test("what waits comes as one message that any mail program reads, in any letters")
    func message() async throws {
        let mailbox = Mailbox()
        let server = try RawHTTPServer { try mailbox.serve($0) }
        defer { server.stop() }
        try await OutletWorld.with(configuration: configuration(server.port)) { world in
            _ = try await world.outlet(.email, "ops@example.com")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "mapping-error", message: "Größe: Konto gelöscht ✗", in: $0)
            }
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "authorization", message: ".\n.\nleading dots", in: $0)
            }
            #expect(try await world.deliver() == ["2 delivered"])
            let commands = mailbox.commands.withLock { $0 }
            #expect(commands.contains { $0.hasPrefix("MAIL FROM:<sluice@example.com>") })
            #expect(commands.contains { $0.hasPrefix("RCPT TO:<ops@example.com>") })
            let text = try #require(mailbox.messages.withLock { $0.first })
            let parts = text.components(separatedBy: "\n\n")
            #expect(parts[0].contains("To: <ops@example.com>"))
            #expect(parts[0].contains("Content-Transfer-Encoding: base64"))
            #expect(parts[0].split(separator: "\n").allSatisfy { $0.utf8.count <= 100 && $0.utf8.allSatisfy { $0 < 0x80 } })
            let body = String(decoding: try #require(Base64.decode(parts[1].filter { $0 != "\n" })), as: UTF8.self)
            #expect(body.contains("Größe: Konto gelöscht ✗"))
            #expect(body.contains("leading dots"))
            #expect(body.contains("https://sluice.example.com/connections/"))
        }
    }

    @Test("a mailbox that is refused is tried again, and the outlet says why without a secret")
    func refused() async throws {
        let mailbox = Mailbox()
        mailbox.refusesRecipient.withLock { $0 = true }
        let server = try RawHTTPServer { try mailbox.serve($0) }
        defer { server.stop() }
        try await OutletWorld.with(configuration: configuration(server.port)) { world in
            let (outlet, _) = try await world.outlet(.email, "nobody@example.com")
            _ = try await world.store.pool.withSession {
                try CatalogStore.notify(world.connection.id, eventType: "a", message: "one", in: $0)
            }
            _ = try await world.deliver()
            let failing = try #require(try await world.store.outlet(outlet.id))
            #expect(failing.failures == 1 && failing.waiting == 1)
            #expect(failing.lastError?.contains("550") == true, "\(failing.lastError ?? "")")
            #expect(failing.lastError?.contains("s3cret") == false)
        }
    }

    @Test("a password is not sent in clear text to a server that offers no TLS")
    func noPlainPassword() async throws {
        let mailbox = Mailbox()
        let server = try RawHTTPServer { try mailbox.serve($0) }
        defer { server.stop() }
        let mail = MailServer(url: "smtp://127.0.0.1:\(server.port)", user: "user", password: "s3cret")
        let error = await #expect(throws: HTTPTransportError.self) {
            try await MailTransfer.send(Array("Subject: x\r\n\r\nx\r\n".utf8), from: "a@example.com", to: ["b@example.com"], through: mail)
        }
        #expect(error?.code == .tls)
        #expect(mailbox.commands.withLock { $0 }.allSatisfy { !$0.hasPrefix("AUTH") })
    }

    @Test("a subject of any letters is cut between letters, in words that a header takes")
    func subject() {
        for text in ["plain", String(repeating: "ä", count: 100), "👩‍👩‍👧 " + String(repeating: "漢字", count: 40)] {
            let words = MailSubject.words(text)
            #expect(words.allSatisfy { $0.utf8.count <= 75 })
            #expect(MailSubject.decoded(words) == text)
        }
    }
}
