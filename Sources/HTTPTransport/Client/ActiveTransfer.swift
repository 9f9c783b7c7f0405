internal import CLibcurl

/// A transfer that has begun, with the easy handle that runs it. Only the loop's thread touches it; curl calls back into it.
final class ActiveTransfer {
    let transfer: Transfer
    let easy: EasyHandle
    private var head = ResponseHeadParser()
    private var overlong: OverlongHead?

    init(_ transfer: Transfer, easy: EasyHandle, configuration: HTTPClientConfiguration) {
        self.transfer = transfer
        self.easy = easy
        easy.prepare(transfer.request, url: transfer.url, configuration: configuration)
        let this = Unmanaged.passUnretained(self).toOpaque()
        easy.set(CURLOPT_PRIVATE, pointer: this)
        easy.set(CURLOPT_HEADERDATA, pointer: this)
        _ = sluice_curl_set_data_callback(easy.raw, CURLOPT_HEADERFUNCTION) { bytes, size, count, this in
            let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
            return ActiveTransfer.at(this).receive(headerLine: line) ? line.count : -1
        }
        easy.set(CURLOPT_WRITEDATA, pointer: this)
        _ = sluice_curl_set_data_callback(easy.raw, CURLOPT_WRITEFUNCTION) { bytes, size, count, this in
            ActiveTransfer.at(this).transfer.response.deliver(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        easy.send(transfer.upload, method: transfer.request.method)
    }

    /// The transfer curl's opaque pointer stands for.
    static func at(_ pointer: UnsafeMutableRawPointer?) -> ActiveTransfer {
        guard let pointer else { fatalError("curl called back without its data pointer") }
        return Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }

    /// The end that curl reports, as the error the caller sees.
    func error(_ result: CURLcode) -> HTTPTransportError? {
        guard result != CURLE_OK else { return nil }
        if let overlong { return transfer.error(.malformedResponse, "\(overlong)", mayHaveReachedServer: true) }
        let error = easy.error(result, url: transfer.url)
        if let failure = transfer.upload?.failure {
            return transfer.error(
                .callbackFailed, "the request's body failed: \(failure)", mayHaveReachedServer: error.mayHaveReachedServer)
        }
        return error
    }

    /// False ends the transfer.
    private func receive(headerLine: UnsafeRawBufferPointer) -> Bool {
        do throws(OverlongHead) {
            if let head = try head.take(line: headerLine) { transfer.response.deliver(head: head) }
            return true
        } catch {
            overlong = error
            return false
        }
    }
}
