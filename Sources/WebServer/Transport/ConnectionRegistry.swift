import HummingbirdCore
import NIOCore
import Synchronization

/// The connections of a server, and which of them could be done without.
final class ConnectionRegistry: Sendable {
    private let maximum: Int
    private let open = Atomic<Int>(0)
    /// One look later is enough.
    private let isPostponed = Atomic<Bool>(false)
    /// A client's first request is on its way for as long: those who come together do not send each other away.
    private static let grace = TimeAmount.milliseconds(200)
    /// A place was asked for while every connection was being served.
    private let isWanted = Atomic<Bool>(false)
    private let places = Mutex<[ObjectIdentifier: ConnectionPlace]>([:])

    init(maximum: Int) { self.maximum = maximum }

    /// Whether there is one connection more than there should be, so that no further one is accepted.
    var isFull: Bool { open.load(ordering: .sequentiallyConsistent) > maximum }

    /// Counts a connection. The one that is too many is accepted, and another makes room for it: only then is it known that somebody waits.
    func opened() {
        open.add(1, ordering: .sequentiallyConsistent)
        if isFull { evict() }
    }

    /// Counts the end of one. Two may have been asked to make room and been the same one: then another is.
    func closed() {
        open.subtract(1, ordering: .sequentiallyConsistent)
        if isFull { evict() }
    }

    /// A place for a connection, which it keeps until it closes.
    func place(for channel: any Channel) -> ConnectionPlace {
        let place = ConnectionPlace(channel)
        places.withLock { $0[ObjectIdentifier(place)] = place }
        channel.closeFuture.whenComplete { [self] _ in places.withLock { $0[ObjectIdentifier(place)] = nil } }
        return place
    }

    /// To be called when a connection begins to wait for its client: another may want a place.
    ///
    /// - Parameter newcomer: one that was accepted just now, and is not sent away at once.
    func beganWaiting(_ newcomer: ConnectionPlace? = nil) {
        if isWanted.load(ordering: .sequentiallyConsistent), isFull { evict(except: newcomer) }
    }

    /// Asks the connection that has waited longest for its client to close. It does not when its client has come back meanwhile.
    func evict(except newcomer: ConnectionPlace? = nil) {
        // Before looking, so that none which begins to wait meanwhile is missed.
        isWanted.store(true, ordering: .sequentiallyConsistent)
        // An atomic a connection instead of a queue in order: requests are many, and evictions few.
        let longest = places.withLock { places in
            places.values.filter { $0 !== newcomer && $0.waitingSince != nil }
                .min { ($0.waitingSince ?? .distantFuture) < ($1.waitingSince ?? .distantFuture) }
        }
        guard let longest else { return }
        if let since = longest.waitingSince, since + Self.grace > .now() { return evict(from: longest, at: since + Self.grace) }
        isWanted.store(false, ordering: .sequentiallyConsistent)
        // Asked once: its end may take a moment.
        longest.waits(since: nil)
        let channel = longest.channel
        channel.eventLoop.execute { channel.pipeline.fireUserInboundEventTriggered(ConnectionPlace.Wanted()) }
    }

    /// Makes room where connections are not what there is too little of: half of them may close, those first that have waited longest.
    func evictHalf() {
        let count = open.load(ordering: .sequentiallyConsistent)
        for _ in 0...count / 2 { evict() }
    }

    private func evict(from place: ConnectionPlace, at time: NIODeadline) {
        guard !isPostponed.exchange(true, ordering: .sequentiallyConsistent) else { return }
        place.channel.eventLoop.scheduleTask(deadline: time) { [self] in
            isPostponed.store(false, ordering: .sequentiallyConsistent)
            if isFull { evict() }
        }
    }
}

/// One connection's place among those that a server has.
final class ConnectionPlace: Sendable {
    /// What a connection is told when another needs its place.
    struct Wanted: Sendable {}

    let channel: any Channel
    /// Nanoseconds of the monotonic clock; 0 while the client waits for us.
    private let since = Atomic<UInt64>(0)

    init(_ channel: any Channel) { self.channel = channel }

    /// Since when the server has waited for the client; nil when the client waits for the server.
    var waitingSince: NIODeadline? {
        let value = since.load(ordering: .sequentiallyConsistent)
        return value == 0 ? nil : .uptimeNanoseconds(value)
    }

    func waits(since deadline: NIODeadline?) { since.store(deadline?.uptimeNanoseconds ?? 0, ordering: .sequentiallyConsistent) }
}

/// Lets the server accept while there are places.
struct AcceptanceLimit: AvailableConnectionsDelegate {
    let registry: ConnectionRegistry

    mutating func connectionOpened() { registry.opened() }

    mutating func connectionClosed() { registry.closed() }

    func isAcceptingNewConnections() -> Bool { !registry.isFull }
}
