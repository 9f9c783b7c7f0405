internal import Foundation

/// What anybody may take of a server before it knows who they are: connections, time and memory.
public struct ServerLimits: Sendable {
    /// Connections at a time. When one more comes, the one that has waited longest for its client gives way; while all of them are being
    /// served, further ones wait in the kernel's queue.
    public var maximumConnections: Int
    /// From a connection's beginning to the end of its first request's head.
    public var headTimeout = Duration.seconds(10)
    /// From an answer to the end of the next request's head on the same connection.
    public var idleTimeout = Duration.seconds(60)
    /// How long a body may take, beyond what its bytes take at `minimumBodyRate`.
    public var bodyTimeout = Duration.seconds(10)
    /// Bytes a second: a body that comes, or an answer that is taken, more slowly is not waited for.
    public var minimumBodyRate = 4096
    /// How often it is looked whether a client takes its answer at `minimumBodyRate` at least.
    public var writeTimeout = Duration.seconds(30)
    /// How long a connection that was told to close is listened to, so that the client can read why.
    public var lingerTimeout = Duration.seconds(2)
    /// From the request to stop to the end of every connection, whatever is under way on it.
    public var drain = Duration.seconds(4)
    /// Bytes of a request's line and of all its header fields.
    public var headBytes = 32 << 10
    /// Header fields of a request.
    public var headFields = 100

    /// Limits; times have the defaults above.
    ///
    /// - Parameter maximumConnections: at least 1; see `allowed(_:)` for what the process's descriptors allow.
    public init(maximumConnections: Int = Self.defaultConnections) {
        self.maximumConnections = max(1, maximumConnections)
    }

    /// How many connections a server has unless told otherwise.
    public static let defaultConnections = 1000

    /// A number of connections that leaves the process descriptors for its databases and files: at most as many as wanted.
    public static func allowed(_ wanted: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return wanted }
        let descriptors = Int(clamping: limit.rlim_cur)
        return max(1, min(wanted, max(descriptors / 2, descriptors - 256)))
    }
}
