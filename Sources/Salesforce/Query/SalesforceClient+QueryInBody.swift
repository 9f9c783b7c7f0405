internal import HTTPTransport
internal import HTTPTypes

extension SalesforceClient {
    /// Runs a query that is too long for a URL, by a composite call, whose body carries it; returns its first page.
    public func queryInBody(_ soql: String, includeDeleted: Bool = false) async throws -> QueryPage {
        let url = path((includeDeleted ? "queryAll" : "query") + "?q=" + PercentEncoding.encode(soql))
        var body = Array(#"{"compositeRequest":[{"method":"GET","referenceId":"query","url":"#.utf8)
        JSONText.appendQuoted(url, to: &body)
        body += Array("}]}".utf8)
        let answer = try await call(.post, path("composite"), json: body)
        do {
            let (status, range) = try CompositeReader.onlyAnswer(in: answer.body)
            let part = Array(answer.body[range])
            guard status == 200 else {
                throw SalesforceError(
                    head: TransferResponseHead(status: status, headers: answer.head.headers), body: part, resource: "GET query")
            }
            return try QueryPage(bytes: part, serverDate: answer.serverDate)
        } catch let error as JSONScanError {
            throw SalesforceError.unreadable(
                head: answer.head, body: answer.body, resource: answer.resource,
                problem: "expected \(error.expected) at byte \(error.offset)")
        }
    }
}

/// Finds the body of the only answer of a composite call, without reading it.
enum CompositeReader {
    /// - Returns: its status, and where its body is.
    /// - Throws: `JSONScanError`.
    static func onlyAnswer(in bytes: [UInt8]) throws -> (status: Int, body: Range<Int>) {
        try bytes.withUnsafeBufferPointer { buffer in
            var cursor = JSONCursor(buffer)
            var status: Int?
            var body: Range<Int>?
            try members(&cursor) { name, cursor in
                guard name == "compositeResponse" else { return try cursor.skipValue() }
                guard try cursor.opens(UInt8(ascii: "["), UInt8(ascii: "]"), "a list of answers") else { return }
                repeat {
                    try members(&cursor) { name, cursor in
                        _ = cursor.peek()
                        let start = cursor.position
                        try cursor.skipValue()
                        if name == "body" { body = start..<cursor.position }
                        if name == "httpStatusCode" { status = Int(String(decoding: cursor.bytes[start..<cursor.position], as: UTF8.self)) }
                    }
                } while try cursor.continues(until: UInt8(ascii: "]"))
            }
            guard let status, let body else { throw cursor.error("an answer with its status and its body") }
            return (status, body)
        }
    }

    private static func members(_ cursor: inout JSONCursor, _ member: (String, inout JSONCursor) throws -> Void) throws {
        guard try cursor.opens(UInt8(ascii: "{"), UInt8(ascii: "}"), "an object") else { return }
        repeat {
            let name = try cursor.text()
            try cursor.expect(UInt8(ascii: ":"), "a colon")
            try member(String(decoding: cursor.bytes[name.offset..<name.offset + name.count], as: UTF8.self), &cursor)
        } while try cursor.continues(until: UInt8(ascii: "}"))
    }
}
