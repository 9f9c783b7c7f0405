internal import CLibcurl
internal import HTTPTypes
internal import Synchronization

/// Carries a request's body to the thread that sends it: bytes that are there from the start, or chunks that a task offers
/// into a bounded buffer.
final class UploadSource: Sendable {
    let length: Int?
    private let isIdempotent: Bool
    private let capacity: Int
    private let state: Mutex<State>

    private struct State {
        var bytes: [UInt8]
        var offset = 0
        var isComplete: Bool
        var failure: (any Error)?
        var isPaused = false
        var isClosed = false
        var producer: CheckedContinuation<Void, any Error>?
        /// Bytes that left the buffer for good: only what is still all there can be sent a second time.
        var isRewindable: Bool
        var resume: (@Sendable () -> Void)?
    }

    /// A body that is at hand whole.
    init(bytes: [UInt8], method: HTTPRequest.Method) {
        length = bytes.count
        isIdempotent = method.isIdempotent
        capacity = 0
        state = Mutex(State(bytes: bytes, isComplete: true, isRewindable: true))
    }

    /// A body that is offered while it is sent; `resume` tells the transfer thread that a paused upload can go on.
    init(length: Int?, method: HTTPRequest.Method, capacity: Int, resume: @escaping @Sendable () -> Void) {
        self.length = length
        isIdempotent = method.isIdempotent
        self.capacity = capacity
        state = Mutex(State(bytes: [], isComplete: false, isRewindable: false, resume: resume))
    }

    // MARK: The producing task

    /// Runs the stream to its end. Its failure aborts the transfer and becomes the request's error.
    func produce(from stream: HTTPBodyStream) async {
        do {
            try await stream.drain { try await self.offer($0) }
            complete(failure: nil)
        } catch {
            complete(failure: error)
        }
    }

    private func offer(_ chunk: [UInt8]) async throws {
        guard !chunk.isEmpty else { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let (isFull, isClosed, resume) = state.withLock { state -> (Bool, Bool, (@Sendable () -> Void)?) in
                    guard !state.isClosed else { return (false, true, nil) }
                    if state.offset == state.bytes.count {
                        state.bytes = chunk
                        state.offset = 0
                    } else {
                        state.bytes.removeFirst(state.offset)
                        state.offset = 0
                        state.bytes.append(contentsOf: chunk)
                    }
                    let isFull = state.bytes.count - state.offset >= capacity
                    if isFull { state.producer = continuation }
                    defer { state.isPaused = false }
                    return (isFull, false, state.isPaused ? state.resume : nil)
                }
                resume?()
                if isClosed { continuation.resume(throwing: CancellationError()) } else if !isFull { continuation.resume() }
            }
        } onCancel: {
            close()
        }
    }

    private func complete(failure: (any Error)?) {
        let resume = state.withLock { state in
            state.isComplete = true
            state.failure = failure
            defer { state.isPaused = false }
            return state.isPaused ? state.resume : nil
        }
        resume?()
    }

    // MARK: The transfer thread

    /// Fills curl's buffer; returns the count, zero at the end, or curl's marks for pause and abort.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let (result, producer) = state.withLock { state -> (Int, CheckedContinuation<Void, any Error>?) in
            if state.failure != nil || state.isClosed { return (Int(CURL_READFUNC_ABORT), nil) }
            let count = min(buffer.count, state.bytes.count - state.offset)
            guard count > 0 else {
                if state.isComplete { return (0, nil) }
                state.isPaused = true
                return (Int(CURL_READFUNC_PAUSE), nil)
            }
            state.bytes.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[state.offset..<state.offset + count]))
            }
            state.offset += count
            guard !state.isRewindable, state.bytes.count - state.offset < capacity else { return (count, nil) }
            defer { state.producer = nil }
            return (count, state.producer)
        }
        producer?.resume()
        return result
    }

    /// Starts again from the first byte, if that is safe. curl asks when a reused connection turns out to be dead after the
    /// request went out. It would repeat a POST as readily as a GET; but the server may have done the first one, so a body
    /// may be sent twice only for a method that is idempotent.
    func rewind() -> Bool {
        state.withLock { state in
            guard state.isRewindable, isIdempotent else { return false }
            state.offset = 0
            return true
        }
    }

    /// What made the producing sequence fail, if it did.
    var failure: (any Error)? {
        state.withLock { $0.failure }
    }

    /// The transfer is over; a producer that still waits is told.
    func close() {
        let (producer, resume) = state.withLock { state in
            state.isClosed = true
            defer {
                state.producer = nil
                state.isPaused = false
            }
            return (state.producer, state.isPaused ? state.resume : nil)
        }
        producer?.resume(throwing: CancellationError())
        resume?()
    }
}
