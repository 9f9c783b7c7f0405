import Foundation

/// An RSA public key, taken from a PEM certificate or public key. It only verifies, which needs no secrets and so no care about timing.
struct PublicKey: Sendable, Equatable {
    private let modulus: [UInt64]
    private let exponent: Int
    private let length: Int

    /// Nil when the text is no certificate or public key with an RSA key of 1024 to 8192 bits.
    init?(pem: String) {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        guard let first = lines.first(where: { $0.hasPrefix("-----BEGIN ") }),
            let data = Data(base64Encoded: lines.filter { !$0.hasPrefix("-----") }.joined())
        else { return nil }
        var reader = DERReader(bytes: Array(data)[...])
        guard var outer = reader.sequence() else { return nil }
        if first.contains("CERTIFICATE") {
            guard var body = outer.sequence() else { return nil }
            // Version, which is tagged and may be missing, serial number, algorithm, issuer, validity and subject.
            if body.tag == 0xA0 { _ = body.next() }
            for _ in 0..<5 { guard body.next() != nil else { return nil } }
            guard let key = body.sequence() else { return nil }
            outer = key
        }
        guard outer.next() != nil, let bits = outer.next(), bits.tag == 0x03, bits.content.first == 0 else { return nil }
        var keyReader = DERReader(bytes: bits.content.dropFirst())
        guard var key = keyReader.sequence(), let modulus = key.next(), modulus.tag == 0x02, let exponent = key.next(),
            exponent.tag == 0x02,
            exponent.content.count <= 4
        else { return nil }
        let number = Array(modulus.content.drop { $0 == 0 })
        guard (128...1024).contains(number.count), number.count % 8 == 0 else { return nil }
        self.length = number.count
        self.modulus = Self.words(number)
        self.exponent = exponent.content.reduce(0) { $0 << 8 | Int($1) }
        guard self.exponent > 2, self.modulus[0] & 1 == 1 else { return nil }
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, which JWT calls RS256.
    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == length else { return false }
        let number = Self.words(signature)
        guard Self.isLess(number, modulus) else { return false }
        var result = number
        // The exponent's bits after the first, from the highest.
        for bit in stride(from: Int.bitWidth - exponent.leadingZeroBitCount - 2, through: 0, by: -1) {
            result = product(result, result)
            if exponent >> bit & 1 == 1 { result = product(result, number) }
        }
        let header: [UInt8] = [
            0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
        ]
        let tail = [0x00] + header + SHA256.hash(message)
        let expected = [0x00, 0x01] + [UInt8](repeating: 0xFF, count: length - 2 - tail.count) + tail
        return Self.words(expected) == result
    }

    /// Least significant word first.
    private static func words(_ bytes: [UInt8]) -> [UInt64] {
        stride(from: bytes.count, to: 0, by: -8).map { end in
            bytes[max(end - 8, 0)..<end].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private static func isLess(_ left: [UInt64], _ right: [UInt64]) -> Bool {
        for index in left.indices.reversed() where left[index] != right[index] { return left[index] < right[index] }
        return false
    }

    /// By doubling and adding: slow, but a token is asked for once in two hours.
    private func product(_ left: [UInt64], _ right: [UInt64]) -> [UInt64] {
        var result = [UInt64](repeating: 0, count: modulus.count)
        for word in left.reversed() {
            for bit in stride(from: 63, through: 0, by: -1) {
                add(result, to: &result)
                if word >> UInt64(bit) & 1 == 1 { add(right, to: &result) }
            }
        }
        return result
    }

    /// Both are below the modulus, and so is the result.
    private func add(_ other: [UInt64], to number: inout [UInt64]) {
        var carry: UInt64 = 0
        for index in number.indices {
            let (first, overflow) = number[index].addingReportingOverflow(other[index])
            let (second, again) = first.addingReportingOverflow(carry)
            number[index] = second
            carry = overflow || again ? 1 : 0
        }
        guard carry == 1 || !Self.isLess(number, modulus) else { return }
        var borrow: UInt64 = 0
        for index in number.indices {
            let (first, overflow) = number[index].subtractingReportingOverflow(modulus[index])
            let (second, again) = first.subtractingReportingOverflow(borrow)
            number[index] = second
            borrow = overflow || again ? 1 : 0
        }
    }
}

/// Reads the little of ASN.1 that keys are wrapped in; lengths never lead beyond the bytes.
struct DERReader {
    private var bytes: ArraySlice<UInt8>

    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    var tag: UInt8? { bytes.first }

    mutating func next() -> (tag: UInt8, content: ArraySlice<UInt8>)? {
        guard bytes.count >= 2, let tag = bytes.popFirst(), let first = bytes.popFirst() else { return nil }
        var length = Int(first)
        if first & 0x80 != 0 {
            let count = Int(first & 0x7F)
            guard (1...3).contains(count), bytes.count >= count else { return nil }
            length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            bytes = bytes.dropFirst(count)
        }
        guard bytes.count >= length else { return nil }
        let content = bytes.prefix(length)
        bytes = bytes.dropFirst(length)
        return (tag, content)
    }

    mutating func sequence() -> DERReader? {
        guard let element = next(), element.tag == 0x30 else { return nil }
        return DERReader(bytes: element.content)
    }
}
