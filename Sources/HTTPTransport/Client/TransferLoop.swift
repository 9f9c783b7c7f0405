internal import CLibcurl
internal import Synchronization

/// The letter box between tasks and the one thread that drives curl's multi handle.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case start(Transfer)
        case resume(Transfer.ID)
        case cancel(Transfer.ID)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isStopping = false
        /// Set by the thread before it frees the multi handle; nothing may wake it after that.
        var isClosed = false
        var nextID: Transfer.ID = 1
    }

    let configuration: HTTPClientConfiguration
    /// Used by the loop's thread alone, but for `curl_multi_wakeup`, which curl allows from any thread and which `mailbox`
    /// guards against a handle that is gone. That makes the unsafe mark true.
    nonisolated(unsafe) let multi: UnsafeMutableRawPointer
    private let mailbox = Mutex(Mailbox())

    init(configuration: HTTPClientConfiguration) {
        CurlLibrary.start()
        guard let multi = curl_multi_init() else { fatalError("curl_multi_init: out of memory") }
        self.configuration = configuration
        self.multi = multi
        _ = sluice_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        _ = sluice_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.idleConnections)
    }

    func makeID() -> Transfer.ID {
        mailbox.withLock { mailbox in
            defer { mailbox.nextID += 1 }
            return mailbox.nextID
        }
    }

    /// Posts a command; false when the loop has ended or is about to.
    @discardableResult
    func post(_ command: Command) -> Bool {
        mailbox.withLock { mailbox in
            guard !mailbox.isStopping else { return false }
            mailbox.commands.append(command)
            // One wake-up brings the thread to the whole box.
            if mailbox.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
    }

    /// Makes the thread end all transfers and leave.
    func stop() {
        mailbox.withLock { mailbox in
            mailbox.isStopping = true
            if !mailbox.isClosed { curl_multi_wakeup(multi) }
        }
    }

    // MARK: The loop's thread

    /// The commands since the last call, and whether the loop is to end after them.
    func takeCommands() -> (commands: [Command], isStopping: Bool) {
        mailbox.withLock { mailbox in
            defer { mailbox.commands.removeAll(keepingCapacity: true) }
            return (mailbox.commands, mailbox.isStopping)
        }
    }

    func close() {
        mailbox.withLock { $0.isClosed = true }
        curl_multi_cleanup(multi)
    }
}
