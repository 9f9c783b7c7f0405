internal import CLibcurl
internal import Synchronization

/// Carries one answer from the transfer thread to the task that reads it: the head once, then the body through a bounded
/// buffer, then the end or an error.
final class ResponseChannel: Sendable {
    /// What the reading side asks of the transfer thread.
    enum Ask: Sendable {
        /// There is room again.
        case resume
        /// Nobody wants the rest.
        case cancel
    }

    let url: String
    private let capacity: Int
    private let ask: @Sendable (Ask) -> Void
    private let state = Mutex(State())

    private struct State {
        var head: Result<TransferResponseHead, any Error>?
        var headWaiter: CheckedContinuation<TransferResponseHead, any Error>?
        var buffer: [UInt8] = []
        var isPaused = false
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var isAbandoned = false
    }

    init(url: String, capacity: Int, ask: @escaping @Sendable (Ask) -> Void) {
        self.url = url
        self.capacity = capacity
        self.ask = ask
    }

    // MARK: The reading task

    /// Waits for the answer's head.
    func head() async throws -> TransferResponseHead {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let head = state.withLock { state -> Result<TransferResponseHead, any Error>? in
                    if state.head == nil { state.headWaiter = continuation }
                    return state.head
                }
                if let head { continuation.resume(with: head) }
            }
        } onCancel: {
            abandon()
        }
    }

    /// Waits for bytes, or nil at the end.
    func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (answer, hasRoom) = state.withLock { state -> (Result<[UInt8]?, any Error>?, Bool) in
                    guard state.buffer.isEmpty else {
                        var bytes: [UInt8] = []
                        swap(&bytes, &state.buffer)
                        defer { state.isPaused = false }
                        return (.success(bytes), state.isPaused)
                    }
                    if let end = state.end { return (end.map { nil }, false) }
                    precondition(state.reader == nil, "a response body has one reader at a time")
                    state.reader = continuation
                    return (nil, false)
                }
                if let answer { continuation.resume(with: answer) }
                if hasRoom { ask(.resume) }
            }
        } onCancel: {
            abandon()
        }
    }

    /// Nobody will read on. The transfer thread answers with `finish`, so whoever still waits hears of it.
    func abandon() {
        let isOpen = state.withLock { state in
            defer { state.isAbandoned = true }
            return state.end == nil && !state.isAbandoned
        }
        if isOpen { ask(.cancel) }
    }

    // MARK: The transfer thread

    func deliver(head: TransferResponseHead) {
        let waiter = state.withLock { state in
            state.head = .success(head)
            defer { state.headWaiter = nil }
            return state.headWaiter
        }
        waiter?.resume(returning: head)
    }

    /// Takes bytes and returns their number, or the mark that pauses the transfer when the buffer is full.
    func deliver(body bytes: UnsafeRawBufferPointer) -> Int {
        let (result, reader) = state.withLock { state -> (Int, CheckedContinuation<[UInt8]?, any Error>?) in
            if state.isAbandoned { return (0, nil) }
            if let reader = state.reader {
                state.reader = nil
                return (bytes.count, reader)
            }
            guard state.buffer.isEmpty || state.buffer.count + bytes.count <= capacity else {
                state.isPaused = true
                return (Int(CURL_WRITEFUNC_PAUSE), nil)
            }
            state.buffer.append(contentsOf: bytes)
            return (bytes.count, nil)
        }
        reader?.resume(returning: Array(bytes))
        return result
    }

    func finish(_ error: HTTPTransportError?) {
        let end: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        let (headWaiter, reader) = state.withLock { state in
            if state.end == nil { state.end = end }
            if state.head == nil {
                let missing = HTTPTransportError(
                    code: .malformedResponse, message: "the answer has no head", url: url, mayHaveReachedServer: true)
                state.head = .failure(error ?? missing)
            }
            defer {
                state.headWaiter = nil
                state.reader = nil
            }
            return (state.headWaiter.map { ($0, state.head) }, state.reader)
        }
        if let (waiter, head) = headWaiter, let head { waiter.resume(with: head) }
        reader?.resume(with: end.map { nil })
    }
}
