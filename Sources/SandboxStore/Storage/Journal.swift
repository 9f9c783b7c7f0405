import Glibc
import NIOPosix
import SandboxData
import SandboxQuery
import Synchronization

/// The file that every change is appended to before it is acknowledged.
///
/// Whoever changes something appends a record and goes on; one thread of its own writes what has gathered since its last turn, and whoever has to
/// know that all is written waits for that without holding a thread. A killed process loses nothing that was written so; a machine that loses
/// power may, because nothing waits for the disk.
package final class Journal: Sendable {
    private enum Item {
        case bytes([UInt8])
        /// What comes after lies in another file.
        case file(Int32)
    }

    private struct State {
        var items: [Item] = []
        /// Bytes appended and written since the start.
        var appended = 0
        var written = 0
        /// Bytes of the file that is written to.
        var size: Int
        var file: Int32
        var isWriting = false
        /// Whether somebody was told that the file is large.
        var isTold = false
        var isClosed = false
        var failure: StorageError?
        var waiting: [(position: Int, continuation: CheckedContinuation<Void, any Error>)] = []
    }

    private let state: Mutex<State>
    private let threads = NIOThreadPool(numberOfThreads: 2)
    private let limit: Int
    private let onLarge = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Parameter file: Open for appending; belongs to the journal from here on.
    /// - Parameter size: What is in it already.
    /// - Parameter limit: Bytes of a file that call for a snapshot.
    init(file: Int32, size: Int, limit: Int) {
        state = Mutex(State(size: size, file: file))
        self.limit = limit
        threads.start()
    }

    /// What to do, on a thread that may be blocked, when the file has grown large. Once for each file.
    func whenLarge(_ body: @escaping @Sendable () -> Void) { onLarge.withLock { $0 = body } }

    package func append(_ record: StorageRecord) {
        let frame = JournalFrame.wrap(record.bytes)
        append(.bytes(frame), bytes: frame.count)
    }

    /// Everything that is appended from here on goes to another file.
    package func turn(to file: Int32) { append(.file(file), bytes: 0) }

    private func append(_ item: Item, bytes: Int) {
        let starts = state.withLock { state in
            guard !state.isClosed, state.failure == nil else { return false }
            state.items.append(item)
            state.appended += bytes
            defer { state.isWriting = true }
            return !state.isWriting
        }
        if starts { threads.submit { _ in self.write() } }
    }

    /// Returns when everything that was appended so far is written.
    ///
    /// - Throws: ``StorageError`` when it cannot be.
    package func flush() async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let result: Result<Void, any Error>? = state.withLock { state in
                if let failure = state.failure { return .failure(failure) }
                if state.written >= state.appended { return .success(()) }
                state.waiting.append((state.appended, continuation))
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// Writes in turns until there is nothing more.
    private func write() {
        while let (items, file) = take() {
            var file = file
            var gathered: [UInt8] = []
            var failure: StorageError?
            for item in items {
                switch item {
                case .bytes(let bytes): gathered.append(contentsOf: bytes)
                case .file(let next):
                    failure = failure ?? DataDirectory.write(gathered, to: file)
                    gathered = []
                    Glibc.close(file)
                    file = next
                }
            }
            failure = failure ?? DataDirectory.write(gathered, to: file)
            finish(items, file, failure)
        }
    }

    private func take() -> (items: [Item], file: Int32)? {
        state.withLock { state in
            guard !state.items.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.items = [] }
            return (state.items, state.file)
        }
    }

    private func finish(_ items: [Item], _ file: Int32, _ failure: StorageError?) {
        let (waiting, isLarge) = state.withLock { state in
            for item in items {
                switch item {
                case .bytes(let bytes):
                    state.written += bytes.count
                    state.size += bytes.count
                case .file:
                    state.size = JournalFrame.magic.count
                    state.isTold = false
                }
            }
            state.file = file
            state.failure = failure
            let position = failure == nil ? state.written : .max
            let waiting = state.waiting.filter { $0.position <= position }
            state.waiting.removeAll { $0.position <= position }
            let isLarge = state.size > limit && !state.isTold
            if isLarge { state.isTold = true }
            return (waiting, isLarge)
        }
        for waiter in waiting { waiter.continuation.resume(with: failure.map { .failure($0) } ?? .success(())) }
        if isLarge, failure == nil, let body = onLarge.withLock({ $0 }) { threads.submit { _ in body() } }
    }

    /// Writes what there is, and takes no more.
    package func close() async {
        guard !state.withLock({ $0.isClosed }) else { return }
        try? await flush()
        state.withLock { $0.isClosed = true }
        try? await threads.shutdownGracefully()
        state.withLock { state in
            Glibc.close(state.file)
            if state.failure == nil { state.failure = StorageError(description: "the journal is closed") }
        }
    }
}
