package import Catalog
package import HTTPTypes
package import Hummingbird
import NIOCore

extension Response {
    /// A JSON document.
    package static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.text)))
    }

    /// An object with a list, `results`, of documents that are JSON text already, and what stands before and after it.
    package static func json(results documents: [[UInt8]], before: [JSONValue.Member] = [], after: [JSONValue.Member] = []) -> Response {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(documents.reduce(1000) { $0 + $1.count + 1 })
        func member(_ member: JSONValue.Member) -> String { "\(JSONValue.string(member.key).text):\(member.value.text)" }
        buffer.writeString("{" + before.map { member($0) + "," }.joined() + "\"results\":[")
        for (index, document) in documents.enumerated() {
            if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
            buffer.writeBytes(document)
        }
        buffer.writeString("]" + after.map { "," + member($0) }.joined() + "}")
        return Response(
            status: .ok, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: buffer))
    }

    /// An accepted action; the job that does it, if there is one, is named by the header, since clients want the body empty.
    package static func accepted(job: Int64? = nil) -> Response {
        var response = Response(status: .accepted)
        if let job { response.headers[.location] = "/api/v3/jobs/\(job)" }
        return response
    }

    /// An accepted question whose answer is not there yet, with what to do meanwhile.
    package static func accepted(job: Int64, _ document: JSONValue) -> Response {
        var response = Response.json(document, status: .accepted)
        response.headers[.location] = "/api/v3/jobs/\(job)"
        response.headers[.retryAfter] = "2"
        return response
    }

    /// A page for people. Nothing in it comes from elsewhere, and nobody else may frame it.
    package static func page(_ html: HTML, status: HTTPResponse.Status = .ok) -> Response {
        let policy =
            "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'self'; "
            + "frame-ancestors 'none'; base-uri 'none'"
        return Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8", .cacheControl: "no-store", .contentSecurityPolicy: policy,
                .xContentTypeOptions: "nosniff", .referrerPolicy: "same-origin",
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: html.text)))
    }

    /// Sends a browser on with a GET.
    package static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }
}
