internal import CLibcurl

/// One run of a `BlockingTransfer`: the callbacks, what they threw, and what was counted.
final class BlockingRun {
    let cancellation: TransferCancellation
    private let url: RequestURL
    private let onResponse: (TransferResponseHead) throws -> BodyDisposition
    private let onBody: (UnsafeRawBufferPointer) throws -> Void
    private var parser = ResponseHeadParser()
    private var head: TransferResponseHead?
    private var disposition = BodyDisposition.deliver
    private var collected: [UInt8] = []
    private var bodyBytes = 0
    private var thrown: (any Error)?

    init(
        url: RequestURL,
        cancellation: TransferCancellation,
        onResponse: @escaping (TransferResponseHead) throws -> BodyDisposition,
        onBody: @escaping (UnsafeRawBufferPointer) throws -> Void
    ) {
        self.url = url
        self.cancellation = cancellation
        self.onResponse = onResponse
        self.onBody = onBody
    }

    static func at(_ pointer: UnsafeMutableRawPointer?) -> BlockingRun {
        guard let pointer else { fatalError("curl called back without its data pointer") }
        return Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }

    /// False ends the transfer.
    func receive(headerLine: UnsafeRawBufferPointer) -> Bool {
        keepingError {
            do throws(OverlongHead) {
                guard let head = try parser.take(line: headerLine) else { return }
                self.head = head
            } catch {
                throw self.error(.malformedResponse, "\(error)")
            }
            if let head { disposition = try onResponse(head) }
        }
    }

    /// False ends the transfer.
    func receive(body: UnsafeRawBufferPointer) -> Bool {
        guard !cancellation.isCancelled else { return false }
        bodyBytes += body.count
        return keepingError {
            switch disposition {
            case .deliver: try onBody(body)
            case .collect(let limit):
                guard collected.count + body.count <= limit else {
                    throw error(.bodyTooLarge, "the answer's body is larger than \(limit) bytes")
                }
                collected.append(contentsOf: body)
            }
        }
    }

    func statistics(_ result: CURLcode, easy: EasyHandle, duration: Duration) throws -> TransferStatistics {
        if let thrown { throw thrown }
        if result != CURLE_OK {
            if cancellation.isCancelled { throw error(.cancelled, "the transfer was cancelled") }
            throw easy.error(result, url: url)
        }
        guard let head else { throw error(.malformedResponse, "the answer has no head") }
        return TransferStatistics(
            head: head,
            bodyBytes: bodyBytes,
            wireBytes: Int(sluice_curl_get_offset(easy.raw, CURLINFO_SIZE_DOWNLOAD_T)),
            duration: duration,
            reusedConnection: sluice_curl_get_long(easy.raw, CURLINFO_NUM_CONNECTS) == 0,
            collectedBody: collected
        )
    }

    private func keepingError(_ work: () throws -> Void) -> Bool {
        do {
            try work()
            return true
        } catch {
            thrown = error
            return false
        }
    }

    private func error(_ code: HTTPTransportError.Code, _ message: String) -> HTTPTransportError {
        HTTPTransportError(code: code, message: message, url: url.redacted, mayHaveReachedServer: true)
    }
}
