/// A record id in its 18-character form, which is safe to compare without regard to case.
public struct SalesforceID: Sendable, Hashable, CustomStringConvertible {
    /// The 18 characters.
    public let text: String

    /// Takes an id of 15 or 18 characters; nil for anything else, a wrong check suffix included.
    public init?(_ text: some StringProtocol) {
        let characters = Array(text.utf8)
        guard characters.count == 15 || characters.count == 18, characters.allSatisfy(Self.isIDCharacter) else { return nil }
        let body = characters.prefix(15)
        let suffix = Self.suffix(of: body)
        if characters.count == 18 {
            guard characters.suffix(3).elementsEqual(suffix) else { return nil }
        }
        self.text = String(decoding: Array(body) + suffix, as: UTF8.self)
    }

    /// The 15 characters that compare with regard to case.
    public var short: String { String(text.prefix(15)) }

    /// The three characters that tell the object's type.
    public var keyPrefix: String { String(text.prefix(3)) }

    /// The 18 characters.
    public var description: String { text }

    /// One character for each group of five: its bits tell which of them are capital letters.
    private static func suffix(of body: ArraySlice<UInt8>) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".utf8)
        return stride(from: 0, to: 15, by: 5).map { start in
            var bits = 0
            for offset in 0..<5 where (0x41...0x5A).contains(body[body.startIndex + start + offset]) { bits |= 1 << offset }
            return alphabet[bits]
        }
    }

    private static func isIDCharacter(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
