/// What keeps the org from speaking TLS: a directory that cannot be used, or OpenSSL itself.
struct TLSError: Error, CustomStringConvertible {
    let description: String
}
