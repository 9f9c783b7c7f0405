import HTTPTypes
package import Hummingbird
import NIOCore

/// A request's body, whole and uncompressed.
package enum ReceivedBody {
    private static let maximum = 20 * 1024 * 1024
    /// Of an ingest job's rows.
    private static let maximumUpload = 150 * 1024 * 1024

    /// - Throws: ``OrgError/tooLarge`` before the body is read to its end, so that the connection has to close, or what is wrong with its
    ///   compression.
    package static func read(_ request: Request, target: String) async throws(OrgError) -> [UInt8] {
        // An ingest job's rows may be many; they come in pieces and need no second copy.
        let limit = target.lowercased().contains("/jobs/ingest/") ? maximumUpload : maximum
        var body: [UInt8] = []
        do {
            for try await piece in request.body {
                guard body.count + piece.readableBytes <= limit else { throw OrgError.tooLarge }
                body.append(contentsOf: piece.readableBytesView)
            }
        } catch {
            throw .tooLarge
        }
        return try decode(body, request.headers[.contentEncoding], limit: limit)
    }

    private static func decode(_ body: [UInt8], _ header: String?, limit: Int) throws(OrgError) -> [UInt8] {
        guard let header, !body.isEmpty else { return body }
        let name = header.lowercased().filter { $0 != " " }
        guard name != "identity", !name.isEmpty else { return body }
        guard let coding = ContentCoding(rawValue: name == "x-gzip" ? "gzip" : name) else {
            throw OrgError(.unsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "Unsupported Content-Encoding: \(header)")
        }
        do {
            return try Inflater.inflate(body, coding, limit: limit)
        } catch {
            guard error == .malformed else { throw .tooLarge }
            throw OrgError(.badRequest, "INVALID_CONTENT", "The request body is not in \(coding.rawValue) format or breaks off")
        }
    }
}
