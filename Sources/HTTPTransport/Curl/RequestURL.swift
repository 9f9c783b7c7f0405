internal import CLibcurl
internal import Redaction

/// A checked request URL, and the part of it that may be shown.
struct RequestURL {
    @Redacted private(set) var text: String
    /// Scheme, host, port and path: what an error or a log line may show.
    let redacted: String

    init(_ text: String) throws(HTTPTransportError) {
        guard let parts = curl_url() else { throw Self.malformed("out of memory") }
        defer { curl_url_cleanup(parts) }
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard isPlain, curl_url_set(parts, CURLUPART_URL, text, 0) == CURLUE_OK,
            let scheme = Self.part(CURLUPART_SCHEME, of: parts), scheme == "https" || scheme == "http",
            let host = Self.part(CURLUPART_HOST, of: parts), !host.isEmpty
        else { throw Self.malformed("expected an absolute http or https URL, percent-encoded") }
        let port = Self.part(CURLUPART_PORT, of: parts).map { ":" + $0 } ?? ""
        self.text = text
        redacted = scheme + "://" + host + port + (Self.part(CURLUPART_PATH, of: parts) ?? "/")
    }

    private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }

    /// The text itself stays out of the error: a URL that does not parse cannot be cleaned of credentials either.
    private static func malformed(_ message: String) -> HTTPTransportError {
        HTTPTransportError(code: .malformedURL, message: message, url: "?", mayHaveReachedServer: false)
    }
}
