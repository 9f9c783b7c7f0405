/// What all transfers of a client have in common.
public struct HTTPClientConfiguration: Sendable, Hashable {
    /// Which proxy requests go through.
    public enum Proxy: Sendable, Hashable {
        /// What `HTTPS_PROXY`, `http_proxy`, `ALL_PROXY` and `NO_PROXY` say.
        case fromEnvironment
        /// No proxy, whatever the environment says.
        case none
        /// This proxy for everything.
        case url(String)
    }

    /// A PEM file of certificates to trust instead of the system's.
    public var caFile: String?
    /// Which proxy requests go through.
    public var proxy: Proxy
    /// The User-Agent of requests that carry none of their own.
    public var userAgent: String
    /// How many bytes of a body wait in memory, in either direction, before the faster side is paused.
    public var bufferSize: Int
    /// How many connections one host may have at a time; further requests wait for one. HTTP/2 shares a connection.
    public var connectionsPerHost: Int
    /// How many idle connections are kept for reuse.
    public var idleConnections: Int
    /// Which addresses may be connected to; nil is any. Connections under a policy are not reused.
    public var addresses: AddressPolicy?

    /// Makes a configuration.
    public init(
        caFile: String? = nil,
        proxy: Proxy = .fromEnvironment,
        userAgent: String = "sluice",
        bufferSize: Int = 256 * 1024,
        connectionsPerHost: Int = 32,
        idleConnections: Int = 64,
        addresses: AddressPolicy? = nil
    ) {
        self.addresses = addresses
        self.caFile = caFile
        self.proxy = proxy
        self.userAgent = userAgent
        self.bufferSize = bufferSize
        self.connectionsPerHost = connectionsPerHost
        self.idleConnections = idleConnections
    }
}

/// A proxy's address may hold a password.
extension HTTPClientConfiguration.Proxy: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The kind of proxy, without its address.
    public var description: String {
        switch self {
        case .fromEnvironment: "the environment's proxy"
        case .none: "no proxy"
        case .url: "a proxy"
        }
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the address from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
