public import HTTPTypes

extension HTTPRequest.Method {
    /// Whether sending the same request twice leaves the server as sending it once does (RFC 9110, 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .put, .delete: true
        default: false
        }
    }
}
