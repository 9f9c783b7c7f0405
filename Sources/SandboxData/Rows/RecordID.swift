package import SandboxBytes

/// A record's identity inside the org: the object's place in the schema and the row number in its table.
///
/// Its text is Salesforce's: key prefix, three characters of instance, nine base-62 digits that count the rows, and the three-letter suffix that
/// makes the id safe where case is lost. Row numbers ascend, so ids sort as rows do.
package struct RecordID: Hashable, Sendable {
    package let object: Int
    package let row: Int

    package init(object: Int, row: Int) {
        self.object = object
        self.row = row
    }
}

/// The arithmetic of Salesforce ids.
package enum RecordIDText {
    package static let instance: StaticString = "Sb0"
    private static let alphabet: StaticString = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    private static let suffixAlphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"

    /// Writes the 18-character id of the record with this number (row number plus one).
    @inline(__always)
    package static func append(prefix: [UInt8], number: Int, to writer: inout ByteWriter) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 18) { id in
            id[0] = prefix[0]
            id[1] = prefix[1]
            id[2] = prefix[2]
            let instance = Self.instance.utf8Start
            id[3] = instance[0]
            id[4] = instance[1]
            id[5] = instance[2]
            let digits = alphabet.utf8Start
            var rest = number
            var position = 14
            while position >= 6 {
                id[position] = digits[rest % 62]
                rest /= 62
                position -= 1
            }
            let letters = suffixAlphabet.utf8Start
            for group in 0..<3 {
                var bits = 0
                for offset in 0..<5 {
                    let byte = id[group * 5 + offset]
                    if byte >= 65, byte <= 90 { bits |= 1 << offset }
                }
                id[15 + group] = letters[bits]
            }
            writer.append(UnsafeBufferPointer(id))
        }
    }

    package static func text(prefix: [UInt8], number: Int) -> String {
        var writer = ByteWriter(capacity: 64)
        append(prefix: prefix, number: number, to: &writer)
        return writer.string
    }

    /// The suffix of a 15-character id.
    package static func suffix(of id: some Collection<UInt8>) -> String {
        let bytes = Array(id)
        var letters: [UInt8] = []
        for group in 0..<(bytes.count / 5) {
            var bits = 0
            for offset in 0..<5 where bytes[group * 5 + offset] >= 65 && bytes[group * 5 + offset] <= 90 { bits |= 1 << offset }
            letters.append(suffixAlphabet.utf8Start[bits])
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Reads an id of 15 or 18 characters; an 18-character one gets its case repaired from the suffix. Nil when it is no id at all.
    package static func parse(_ text: String) -> (prefix: [UInt8], instance: [UInt8], number: Int)? {
        var bytes = Array(text.utf8)
        guard bytes.count == 15 || bytes.count == 18 else { return nil }
        if bytes.count == 18 {
            for group in 0..<3 {
                var letter = bytes[15 + group]
                if letter >= 97, letter <= 122 { letter -= 32 }
                let bits: Int
                switch letter {
                case 65...90: bits = Int(letter - 65)
                case 48...53: bits = Int(letter - 48) + 26
                default: return nil
                }
                for offset in 0..<5 {
                    let byte = bytes[group * 5 + offset]
                    let upper = bits & (1 << offset) != 0
                    if upper, byte >= 97, byte <= 122 { bytes[group * 5 + offset] = byte - 32 }
                    if !upper, byte >= 65, byte <= 90 { bytes[group * 5 + offset] = byte + 32 }
                }
            }
        }
        var number = 0
        for (position, byte) in bytes.prefix(15).enumerated() {
            let digit: Int
            switch byte {
            case 48...57: digit = Int(byte - 48)
            case 65...90: digit = Int(byte - 55)
            case 97...122: digit = Int(byte - 61)
            default: return nil
            }
            if position >= 6 { number = number * 62 + digit }
        }
        return (Array(bytes[0..<3]), Array(bytes[3..<6]), number)
    }
}
