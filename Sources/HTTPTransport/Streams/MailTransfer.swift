internal import CLibcurl
internal import HTTPTypes
public import Redaction

/// A mail server, and how to sign in to it.
public struct MailServer: Sendable {
    /// `smtp://host:port`, which turns to TLS (STARTTLS), or `smtps://host:port`, which begins with it.
    public let url: String
    /// Who signs in; nil for a server that asks nobody.
    public let user: String?
    /// The password.
    @Redacted public var password: String?
    /// Whether a server that offers no TLS is spoken to all the same.
    public let allowsPlain: Bool
    /// A PEM file of certificates to trust instead of the system's.
    public let caFile: String?

    /// A mail server.
    public init(url: String, user: String? = nil, password: String? = nil, allowsPlain: Bool = false, caFile: String? = nil) {
        self.url = url
        self.user = user
        self.password = password
        self.allowsPlain = allowsPlain
        self.caFile = caFile
    }
}

/// Sends mail through libcurl's SMTP, one message a connection, on a thread of its own.
public enum MailTransfer {
    /// Sends a message.
    ///
    /// - Parameters:
    ///   - message: with its header fields, lines ending in CR LF (RFC 5322).
    ///   - sender: the address that bounces go to.
    /// - Throws: `HTTPTransportError`; one with `mayHaveReachedServer` may have been delivered all the same.
    public static func send(_ message: [UInt8], from sender: String, to recipients: [String], through server: MailServer) async throws {
        try await OwnThread.run("mail") { try perform(message, from: sender, to: recipients, through: server) }
    }

    private static func perform(_ message: [UInt8], from sender: String, to recipients: [String], through server: MailServer) throws {
        let shown = server.url
        for address in [sender] + recipients {
            // What else stands in an address could be a command of its own.
            guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">") }) else {
                throw HTTPTransportError(
                    code: .malformedRequest, message: "an address of a mail holds a character that cannot be sent", url: shown,
                    mayHaveReachedServer: false)
            }
        }
        let easy = EasyHandle()
        easy.begin(protocols: "smtp,smtps", url: server.url, caFile: server.caFile)
        easy.set(CURLOPT_PROXY, "")
        easy.set(CURLOPT_USE_SSL, Int((server.allowsPlain ? CURLUSESSL_TRY : CURLUSESSL_ALL).rawValue))
        if let user = server.user { easy.set(CURLOPT_USERNAME, user) }
        if let password = server.password { easy.set(CURLOPT_PASSWORD, password) }
        easy.set(CURLOPT_MAIL_FROM, "<\(sender)>")
        var list: UnsafeMutablePointer<curl_slist>?
        for recipient in recipients { list = curl_slist_append(list, "<\(recipient)>") }
        defer { curl_slist_free_all(list) }
        _ = sluice_curl_set_list(easy.raw, CURLOPT_MAIL_RCPT, list)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, 10_000)
        easy.set(CURLOPT_TIMEOUT_MS, 60_000)
        let source = UploadSource(bytes: message, method: .put)
        easy.upload(source)
        let result = withExtendedLifetime(source) { curl_easy_perform(easy.raw) }
        guard result == CURLE_OK else { throw easy.error(result, shown: shown) }
    }
}
