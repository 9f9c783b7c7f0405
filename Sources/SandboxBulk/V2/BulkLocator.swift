import Foundation

/// A place in a result: the row number in base 64 without padding, as the real ones look.
enum BulkLocator {
    static func text(_ row: Int) -> String { Data(String(row).utf8).base64EncodedString().replacing("=", with: "") }

    static func parse(_ text: String) -> Int? {
        let padded = text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: padded), let row = Int(String(decoding: data, as: UTF8.self)), row >= 0 else { return nil }
        return row
    }
}
