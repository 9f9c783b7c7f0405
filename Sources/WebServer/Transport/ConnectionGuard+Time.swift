import NIOCore

/// How long a client may take for what it has to send, and to take what it is sent.
extension ConnectionGuard {
    func beginWaiting() {
        hasServed = true
        waitedSince = .now()
    }

    /// Until when the client has to have sent what is next; nil while it waits for us.
    private var deadline: NIODeadline? {
        if isDeaf { return nil }
        if let body {
            return body.waitedSince + TimeAmount(limits.bodyTimeout) + .seconds(Int64(body.received / max(1, limits.minimumBodyRate)))
        }
        return requests.isEmpty ? waitedSince + TimeAmount(hasServed ? limits.idleTimeout : limits.headTimeout) : nil
    }

    func watch(_ context: ChannelHandlerContext) {
        place.waits(since: requests.isEmpty ? waitedSince : body?.waitedSince)
        guard let deadline else { return }
        // One that fires too early looks again, which is cheaper than a new one for every part.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            timer = nil
            expire(context)
        }
        timer = (deadline, task)
    }

    private func expire(_ context: ChannelHandlerContext) {
        guard let deadline else { return }
        guard deadline <= .now() else { return watch(context) }
        if body != nil {
            // While we do not read, it is not the client who is slow.
            if isReading { return fail(.slow, context) }
            body?.waitedSince = .now()
        } else if !context.channel.isWritable {
            // The last answer is still on its way: `watchWriting` judges that.
            waitedSince = .now()
        } else {
            return hasServed ? context.close(promise: nil) : fail(.slow, context)
        }
        watch(context)
    }

    func watchWriting(_ context: ChannelHandlerContext) {
        guard writing == nil, !context.channel.isWritable || isLingering else { return }
        let before = Self.unsent(context)
        guard before > 0 else { return }
        writing = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(limits.writeTimeout)) { [self] in
            writing = nil
            let enough = min(before, max(1, Int(Double(limits.minimumBodyRate) * (limits.writeTimeout / .seconds(1)))))
            if !context.channel.isWritable || isLingering, Self.unsent(context) > before - enough {
                context.close(promise: nil)
            } else {
                watchWriting(context)
            }
        }
    }

    private static func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func cancelTimers() {
        for task in [timer?.task, ending, writing] { task?.cancel() }
        (timer, ending, writing) = (nil, nil, nil)
    }
}
