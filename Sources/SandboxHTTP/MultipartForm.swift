import Foundation
import HTTPTypes

/// Reads a `multipart/form-data` body: the parts by their names.
package enum MultipartForm {
    package static func isSent(by call: Call) -> Bool {
        call.header("Content-Type")?.lowercased().hasPrefix("multipart/form-data") ?? false
    }

    /// Nil when the body is of another type.
    package static func parts(of call: Call) throws(OrgError) -> [String: [UInt8]]? {
        guard let type = call.header("Content-Type"), type.lowercased().hasPrefix("multipart/form-data") else { return nil }
        guard let mark = type.range(of: "boundary=", options: .caseInsensitive) else {
            throw OrgError(.badRequest, "INVALID_MULTIPART_REQUEST", "The content type names no boundary")
        }
        let boundary = Array(type[mark.upperBound...].prefix { $0 != ";" }.filter { $0 != "\"" }.utf8)
        guard !boundary.isEmpty else { throw OrgError(.badRequest, "INVALID_MULTIPART_REQUEST", "The content type names no boundary") }
        var parts: [String: [UInt8]] = [:]
        let sections = call.body.split(around: Array("--".utf8) + boundary)
        for section in sections.dropFirst() where !section.starts(with: Array("--".utf8)) {
            let halves = Array(section).split(around: Array("\r\n\r\n".utf8), maximum: 1)
            guard halves.count == 2, let name = name(String(decoding: halves[0], as: UTF8.self)) else { continue }
            var content = halves[1]
            if content.suffix(2).elementsEqual([0x0D, 0x0A]) { content = content.dropLast(2) }
            parts[name] = Array(content)
        }
        return parts
    }

    private static func name(_ headers: String) -> String? {
        guard let mark = headers.range(of: "name=\"", options: .caseInsensitive) else { return nil }
        return String(headers[mark.upperBound...].prefix { $0 != "\"" })
    }
}

extension [UInt8] {
    /// The pieces between occurrences of a separator.
    fileprivate func split(around separator: [UInt8], maximum: Int = .max) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var start = 0
        var position = 0
        while position + separator.count <= count, pieces.count < maximum {
            if self[position] == separator[0], self[position..<(position + separator.count)].elementsEqual(separator) {
                pieces.append(self[start..<position])
                position += separator.count
                start = position
            } else {
                position += 1
            }
        }
        return pieces + [self[start...]]
    }
}
