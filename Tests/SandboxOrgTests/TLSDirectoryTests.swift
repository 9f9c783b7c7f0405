import Foundation
import Testing

@testable import SandboxData
@testable import SandboxHTTP
@testable import SandboxOrg

@Suite("The directory of the TLS certificates")
struct TLSDirectoryTests {
    private func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)", isDirectory: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    @Test("what is there is used again, and what is damaged, missing or not of the authority is made anew")
    func kept() throws {
        try withDirectory { directory in
            func text(_ name: String) -> String? { try? String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8) }
            _ = try TLSDirectory(path: directory.path)
            let (authority, server) = (try #require(text("ca.pem")), try #require(text("server.pem")))
            _ = try TLSDirectory(path: directory.path)
            #expect(text("ca.pem") == authority && text("server.pem") == server)
            for spoil in [
                { try Data("nothing".utf8).write(to: directory.appendingPathComponent("server.pem")) },
                { try FileManager.default.removeItem(at: directory.appendingPathComponent("server.key")) },
            ] {
                let before = text("server.key")
                try spoil()
                let made = try TLSDirectory(path: directory.path)
                #expect(text("ca.pem") == authority && text("server.key") != before && text("server.pem") == made.server.certificatePEM)
            }
            let before = text("server.pem")
            try FileManager.default.removeItem(at: directory.appendingPathComponent("ca.key"))
            let made = try TLSDirectory(path: directory.path)
            #expect(text("ca.pem") != authority && text("server.pem") != before)
            let newAuthority = try #require(CertifiedKey(keyPEM: text("ca.key") ?? "", certificatePEM: text("ca.pem") ?? ""))
            #expect(made.server.isSigned(by: newAuthority) && newAuthority.isSigned(by: newAuthority))
        }
    }

    @Test("keys are for their owner alone, and certificates are good for a year and for ten")
    func files() throws {
        try withDirectory { directory in
            let made = try TLSDirectory(path: directory.path)
            for (name, mode) in [("ca.key", 0o600), ("server.key", 0o600), ("ca.pem", 0o644)] {
                let path = directory.appendingPathComponent(name).path
                #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == mode, "\(name)")
            }
            #expect(made.server.isGood(for: 364 * 86_400) && !made.server.isGood(for: 366 * 86_400))
            let authority = try CertifiedKey.makeAuthority()
            #expect(authority.isGood(for: 3649 * 86_400) && !made.server.isSigned(by: authority))
        }
    }

    @Test("without a path it ends with the org, and a path that cannot be is told")
    func places() async throws {
        var options = TestOrg.small
        options.tlsPort = 0
        let server = try await SandboxServer.start(options)
        let path = try #require(server.authorityPath)
        #expect(FileManager.default.fileExists(atPath: path) && server.proxyURL == nil)
        await server.stop()
        #expect(!FileManager.default.fileExists(atPath: path))
        options.tlsDirectory = "/dev/null/tls"
        let error = await #expect(throws: SchemaError.self) { try await SandboxServer.start(options) }
        #expect(error?.description.contains("/dev/null/tls") ?? false)
    }
}
