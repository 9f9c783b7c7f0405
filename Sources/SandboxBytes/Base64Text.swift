import Foundation

/// What fields of type base64 hold, which stay as the client wrote them.
package enum Base64Text {
    /// Nil when the text is no base64.
    package static func bytes(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map(Array.init) }

    /// Of a text that is base64.
    package static func byteCount(_ text: String) -> Int {
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return max(text.utf8.count / 4 * 3 - padding, 0)
    }
}
