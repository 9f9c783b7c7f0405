/// An HTTP client with a connection pool and one thread of its own. Make one a process and share it.
public final class HTTPClient: Sendable {
    private let loop: TransferLoop

    /// Starts the client's thread.
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        loop = TransferLoop(configuration: configuration)
        TransferThread.start(loop)
    }

    deinit {
        loop.stop()
    }

    /// What all transfers have in common.
    public var configuration: HTTPClientConfiguration { loop.configuration }

    /// Ends every transfer with `cancelled` and the thread with them. Requests after that fail likewise.
    public func shutdown() {
        loop.stop()
    }

    /// Sends a request and returns when the answer's head is there. Cancelling the task ends the transfer.
    public func send(_ request: TransferRequest) async throws -> TransferResponse {
        let url = try RequestURL(request.url)
        let id = loop.makeID()
        let transfer = Transfer(
            id: id,
            request: request,
            url: url,
            upload: upload(request, id: id),
            response: ResponseChannel(url: url.redacted, capacity: configuration.bufferSize) { [loop] ask in
                switch ask {
                case .resume: loop.post(.resume(id))
                case .cancel: loop.post(.cancel(id))
                }
            }
        )
        guard loop.post(.start(transfer)) else {
            throw transfer.error(.cancelled, "the HTTP client was shut down", mayHaveReachedServer: false)
        }
        if case .stream(_, let stream) = request.body, let upload = transfer.upload {
            // It outlives this call when the server answers before it has read everything, and it ends with the transfer:
            // `Transfer.finish` closes the source, and the next offer throws.
            Task { await upload.produce(from: stream) }
        }
        let body = TransferResponseBody(channel: transfer.response)
        return TransferResponse(head: try await transfer.response.head(), body: body)
    }

    /// Sends a request and reads the whole answer, up to a limit.
    public func perform(_ request: TransferRequest, maxBody: Int = 16 * 1024 * 1024) async throws -> CollectedResponse {
        let response = try await send(request)
        return CollectedResponse(head: response.head, bytes: try await response.collect(upTo: maxBody))
    }

    private func upload(_ request: TransferRequest, id: Transfer.ID) -> UploadSource? {
        switch request.body {
        case .none: nil
        case .bytes(let bytes): UploadSource(bytes: bytes, method: request.method)
        case .stream(let length, _):
            UploadSource(length: length, method: request.method, capacity: configuration.bufferSize) { [loop] in
                loop.post(.resume(id))
            }
        }
    }
}
