import Foundation

/// Where the authority, the server's certificate and their keys are kept, so that clients can go on trusting the authority when the org starts
/// again: `ca.pem`, `ca.key`, `server.pem`, `server.key`.
package struct TLSDirectory: Sendable {
    /// The file that clients take as a trusted authority.
    package let authorityPath: String
    package let server: CertifiedKey
    /// A directory that ends with the org.
    private let temporary: String?

    /// What has less than this left is made anew.
    private static let leastSeconds = 30 * 86_400

    /// Reads what is in the directory, and makes what is missing, damaged or about to expire; in a directory of its own without a path.
    package init(path: String?) throws(TLSError) {
        if let path {
            temporary = nil
            (authorityPath, server) = try Self.prepare(path)
        } else {
            var template = Array((FileManager.default.temporaryDirectory.path + "/sandbox-org-XXXXXX").utf8CString)
            guard mkdtemp(&template) != nil else { throw TLSError(description: "no temporary directory can be made") }
            let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            temporary = path
            (authorityPath, server) = try Self.prepare(path)
        }
    }

    /// Removes what was only for this org.
    package func discard() {
        if let temporary { try? FileManager.default.removeItem(atPath: temporary) }
    }

    private static func prepare(_ path: String) throws(TLSError) -> (authorityPath: String, server: CertifiedKey) {
        let directory = URL(fileURLWithPath: path, isDirectory: true)
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw TLSError(description: "\(path) cannot be made")
        }
        // Several orgs may share the directory and start at once.
        let lock = open(directory.appendingPathComponent("lock").path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw TLSError(description: "\(path) cannot be written to") }
        defer { close(lock) }
        flock(lock, LOCK_EX)
        let authority: CertifiedKey
        if let kept = read("ca", in: directory, isGood: { _ in true }) {
            authority = kept
        } else {
            authority = try write(CertifiedKey.makeAuthority(), "ca", in: directory)
        }
        let server: CertifiedKey
        if let kept = read("server", in: directory, isGood: { $0.isSigned(by: authority) }) {
            server = kept
        } else {
            server = try write(authority.issueForServer(), "server", in: directory)
        }
        return (directory.appendingPathComponent("ca.pem").path, server)
    }

    private static func read(_ name: String, in directory: URL, isGood: (CertifiedKey) -> Bool) -> CertifiedKey? {
        guard let key = try? String(contentsOf: directory.appendingPathComponent(name + ".key"), encoding: .utf8),
            let certificate = try? String(contentsOf: directory.appendingPathComponent(name + ".pem"), encoding: .utf8),
            let pair = CertifiedKey(keyPEM: key, certificatePEM: certificate), pair.isGood(for: leastSeconds), isGood(pair)
        else { return nil }
        return pair
    }

    private static func write(_ pair: CertifiedKey, _ name: String, in directory: URL) throws(TLSError) -> CertifiedKey {
        for (file, text, mode) in [(name + ".key", pair.keyPEM, 0o600), (name + ".pem", pair.certificatePEM, 0o644)] {
            let path = directory.appendingPathComponent(file).path
            // Under another name first, so that nobody reads half of it.
            guard FileManager.default.createFile(atPath: path + ".new", contents: Data(text.utf8), attributes: [.posixPermissions: mode]),
                rename(path + ".new", path) == 0
            else { throw TLSError(description: "\(path) cannot be written") }
        }
        return pair
    }
}
