internal import CLibcurl

/// Downloads on the calling thread, with an easy handle of its own that keeps its connection from one run to the next. Not
/// Sendable: it belongs to the thread that uses it.
public final class BlockingTransfer {
    private let easy = EasyHandle()
    private let configuration: HTTPClientConfiguration

    /// Makes a transfer; nothing happens until `run`.
    public init(configuration: HTTPClientConfiguration = HTTPClientConfiguration()) {
        self.configuration = configuration
    }

    /// Runs one request with no body or a body of bytes to its end. `onResponse` sees the head and decides about the body;
    /// `onBody` gets its pieces, which are valid only during the call, and may block as long as it likes. What they throw
    /// ends the transfer and is thrown on unchanged.
    public func run(
        _ request: TransferRequest,
        cancellation: TransferCancellation = TransferCancellation(),
        onResponse: (TransferResponseHead) throws -> BodyDisposition,
        onBody: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> TransferStatistics {
        let url = try RequestURL(request.url)
        easy.prepare(request, url: url, configuration: configuration)
        let upload = try upload(request, url: url)
        easy.send(upload, method: request.method)
        let start = ContinuousClock.now
        return try withoutActuallyEscaping(onResponse) { onResponse in
            try withoutActuallyEscaping(onBody) { onBody in
                let run = BlockingRun(url: url, cancellation: cancellation, onResponse: onResponse, onBody: onBody)
                let result = withExtendedLifetime((run, upload)) {
                    install(run)
                    return curl_easy_perform(easy.raw)
                }
                return try run.statistics(result, easy: easy, duration: .now - start)
            }
        }
    }

    /// Runs one request with a handle that is thrown away.
    public static func run(
        _ request: TransferRequest,
        configuration: HTTPClientConfiguration = HTTPClientConfiguration(),
        cancellation: TransferCancellation = TransferCancellation(),
        onResponse: (TransferResponseHead) throws -> BodyDisposition,
        onBody: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> TransferStatistics {
        let transfer = BlockingTransfer(configuration: configuration)
        return try transfer.run(request, cancellation: cancellation, onResponse: onResponse, onBody: onBody)
    }

    private func upload(_ request: TransferRequest, url: RequestURL) throws(HTTPTransportError) -> UploadSource? {
        switch request.body {
        case .none: return nil
        case .bytes(let bytes): return UploadSource(bytes: bytes, method: request.method)
        case .stream:
            throw HTTPTransportError(
                code: .malformedRequest,
                message: "a blocking transfer takes no streamed body: nobody could produce it meanwhile",
                url: url.redacted,
                mayHaveReachedServer: false
            )
        }
    }

    private func install(_ run: BlockingRun) {
        let this = Unmanaged.passUnretained(run).toOpaque()
        easy.set(CURLOPT_HEADERDATA, pointer: this)
        _ = sluice_curl_set_data_callback(easy.raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return BlockingRun.at(this).receive(headerLine: line) ? line.count : -1
        }
        easy.set(CURLOPT_WRITEDATA, pointer: this)
        _ = sluice_curl_set_data_callback(easy.raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
            let body = UnsafeRawBufferPointer(start: bytes, count: size * count)
            // Any other number than the one handed in ends the transfer.
            return BlockingRun.at(this).receive(body: body) ? body.count : body.count &+ 1
        }
        easy.set(CURLOPT_NOPROGRESS, 0)
        easy.set(CURLOPT_XFERINFODATA, pointer: this)
        _ = sluice_curl_set_progress_callback(easy.raw) { this, _, _, _, _ in
            BlockingRun.at(this).cancellation.isCancelled ? 1 : 0
        }
    }
}
