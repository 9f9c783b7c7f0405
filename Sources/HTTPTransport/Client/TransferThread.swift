internal import CLibcurl
internal import Glibc

/// What the loop's thread does: take commands, let curl work, hand on what has ended, sleep in `curl_multi_poll`.
struct TransferThread: ~Copyable {
    private let loop: TransferLoop
    private var active: [Transfer.ID: ActiveTransfer] = [:]
    private var idleHandles: [EasyHandle] = []
    private static let idleHandleLimit = 16

    private init(loop: TransferLoop) {
        self.loop = loop
    }

    /// Starts a detached thread that lives until `loop.stop()`.
    static func start(_ loop: TransferLoop) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(loop).toOpaque()
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                var thread = TransferThread(loop: Unmanaged<TransferLoop>.fromOpaque(argument).takeRetainedValue())
                thread.run()
                return nil
            }, argument)
        precondition(result == 0, "pthread_create failed with \(result)")
    }

    private mutating func run() {
        var running: Int32 = 0
        while true {
            let (commands, isStopping) = loop.takeCommands()
            for command in commands { apply(command) }
            if isStopping { break }
            curl_multi_perform(loop.multi, &running)
            reap()
            // curl shortens this to its own next timer; when idle only a wake-up ends it.
            curl_multi_poll(loop.multi, nil, 0, 60_000, nil)
        }
        for id in Array(active.keys) { cancel(id, message: "the HTTP client was shut down") }
        idleHandles.removeAll()
        loop.close()
    }

    private mutating func apply(_ command: TransferLoop.Command) {
        switch command {
        case .start(let transfer): start(transfer)
        case .resume(let id):
            // Resumes both directions; the callback of one that still has no room or no bytes just pauses it again.
            if let transfer = active[id] { curl_easy_pause(transfer.easy.raw, CURLPAUSE_CONT) }
        case .cancel(let id): cancel(id, message: "the transfer was cancelled")
        }
    }

    private mutating func start(_ transfer: Transfer) {
        let easy = idleHandles.popLast() ?? EasyHandle()
        active[transfer.id] = ActiveTransfer(transfer, easy: easy, configuration: loop.configuration)
        curl_multi_add_handle(loop.multi, easy.raw)
    }

    private mutating func cancel(_ id: Transfer.ID, message: String) {
        guard let cancelled = active.removeValue(forKey: id) else { return }
        let wasSent = sluice_curl_get_long(cancelled.easy.raw, CURLINFO_REQUEST_SIZE) > 0
        release(cancelled, error: cancelled.transfer.error(.cancelled, message, mayHaveReachedServer: wasSent))
    }

    private mutating func reap() {
        var result = CURLE_OK
        while let raw = sluice_curl_multi_next_done(loop.multi, &result) {
            let done = ActiveTransfer.at(sluice_curl_get_private(raw))
            active[done.transfer.id] = nil
            release(done, error: done.error(result))
        }
    }

    private mutating func release(_ transfer: ActiveTransfer, error: HTTPTransportError?) {
        curl_multi_remove_handle(loop.multi, transfer.easy.raw)
        transfer.transfer.finish(error)
        if idleHandles.count < Self.idleHandleLimit { idleHandles.append(transfer.easy) }
    }
}
