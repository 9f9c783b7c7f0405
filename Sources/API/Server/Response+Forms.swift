import Catalog
import HTTPTypes
import Hummingbird
import NIOCore

extension Response {
    /// A JSON document.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.text)))
    }

    /// An accepted action; the job that does it, if there is one, is named by the header, since clients want the body empty.
    static func accepted(job: Int64? = nil) -> Response {
        var response = Response(status: .accepted)
        if let job { response.headers[.location] = "/api/v3/jobs/\(job)" }
        return response
    }

    /// A page for people. Nothing in it comes from elsewhere, and nobody else may frame it.
    static func page(_ html: HTML, status: HTTPResponse.Status = .ok) -> Response {
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
    static func redirect(to path: String) -> Response {
        Response(status: .seeOther, headers: [.location: path, .cacheControl: "no-store"])
    }
}

extension HTTPField.Name {
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
