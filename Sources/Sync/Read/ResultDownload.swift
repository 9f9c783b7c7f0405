import HTTPTransport
import HTTPTypes
import Salesforce

/// One page of a bulk result on its way from Salesforce, on the thread that takes it in.
struct ResultDownload: Sendable {
    private let request: TransferRequest
    private let transfers: HTTPClientConfiguration
    private let cancellation = TransferCancellation()

    /// - Parameter request: an authorised request for the page.
    init(_ request: TransferRequest, transfers: HTTPClientConfiguration) {
        self.request = request
        self.transfers = transfers
    }

    /// Ends the download within about a second, from any thread.
    func cancel() { cancellation.cancel() }

    /// Downloads on the calling thread; `onChunk` may block as long as it likes and so slows the download down.
    ///
    /// - Returns: what the answer's head promised.
    /// - Throws: what `onChunk` threw; `SalesforceError`, with status 401 when the token has expired.
    func run(_ onChunk: (UnsafeRawBufferPointer) throws -> Void) throws -> BulkResultPage {
        do {
            let statistics = try BlockingTransfer.run(
                request, configuration: transfers, cancellation: cancellation,
                onResponse: { head in BulkResultPage.isPage(head) ? .deliver : .collect(upTo: 64 * 1024) }, onBody: onChunk)
            guard BulkResultPage.isPage(statistics.head) else {
                throw SalesforceError(head: statistics.head, body: statistics.collectedBody, resource: "GET results", expecting: "CSV")
            }
            return BulkResultPage(head: statistics.head)
        } catch let error as HTTPTransportError {
            throw SalesforceError(error, method: .get)
        }
    }
}
