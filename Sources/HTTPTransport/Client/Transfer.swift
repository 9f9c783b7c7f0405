/// One request on its way through a `TransferLoop`, shared between the task that made it and the loop's thread.
struct Transfer: Sendable {
    typealias ID = UInt64

    let id: ID
    let request: TransferRequest
    let url: RequestURL
    let upload: UploadSource?
    let response: ResponseChannel

    /// Ends both directions.
    func finish(_ error: HTTPTransportError?) {
        upload?.close()
        response.finish(error)
    }

    func error(_ code: HTTPTransportError.Code, _ message: String, mayHaveReachedServer: Bool) -> HTTPTransportError {
        HTTPTransportError(code: code, message: message, url: url.redacted, mayHaveReachedServer: mayHaveReachedServer)
    }
}
