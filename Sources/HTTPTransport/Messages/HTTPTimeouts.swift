/// The three clocks that run on a transfer. Each may be absent; a transfer without any may last for ever.
public struct HTTPTimeouts: Sendable, Hashable {
    /// Until the connection stands: name look-up, TCP and TLS together.
    public var connect: Duration
    /// From start to the last byte of the answer, pauses included.
    public var total: Duration?
    /// How long the transfer may move less than a byte a second while nobody has paused it. It also bounds the wait for a
    /// server that thinks before it answers, so keep it above the longest such wait. Whole seconds, rounded up.
    public var stall: Duration?

    /// Makes time-outs; the defaults are 10 s to connect, 60 s in all and 30 s without progress.
    public init(connect: Duration = .seconds(10), total: Duration? = .seconds(60), stall: Duration? = .seconds(30)) {
        self.connect = connect
        self.total = total
        self.stall = stall
    }
}

extension Duration {
    /// Milliseconds for curl, at least one: zero means "no limit" to curl.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
    }

    var curlSeconds: Int {
        let (seconds, attoseconds) = components
        return max(1, Int(seconds) + (attoseconds > 0 ? 1 : 0))
    }
}
