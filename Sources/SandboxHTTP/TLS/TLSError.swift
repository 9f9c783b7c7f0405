/// What keeps the org from speaking TLS: a directory that cannot be used, or OpenSSL itself.
package struct TLSError: Error, CustomStringConvertible {
    package let description: String
}
