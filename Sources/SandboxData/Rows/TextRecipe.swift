package import SandboxBytes

/// How a generated text is put together.
package enum TextRecipe: Sendable {
    case company, firstName, lastName, jobTitle, department, street, city, state, postalCode, country, phone, email, website, words,
        paragraph
    case code(prefix: WordList)

    /// Whether a result can hold a quotation mark, a backslash or a control character.
    var mayNeedEscaping: Bool {
        switch self {
        case .jobTitle, .paragraph, .street, .code: true
        default: false
        }
    }

    @inline(__always)
    private func pick(_ list: WordList, _ bits: UInt64, to writer: inout ByteWriter) {
        writer.append(list.pick(bits))
    }

    @inline(__always)
    package func append(_ row: Int, _ bits: UInt64, to writer: inout ByteWriter) {
        switch self {
        case .company:
            pick(Vocabulary.companies, bits, to: &writer)
            writer.append(UInt8(ascii: " "))
            pick(Vocabulary.companyForms, bits >> 16, to: &writer)
            writer.append(UInt8(ascii: " "))
            writer.append(row + 1, width: 1)
        case .firstName: pick(Vocabulary.firstNames, bits, to: &writer)
        case .lastName: pick(Vocabulary.lastNames, bits, to: &writer)
        case .jobTitle: pick(Vocabulary.titles, bits, to: &writer)
        case .department: pick(Vocabulary.departments, bits, to: &writer)
        case .street:
            writer.append(Int(bits % 999) + 1, width: 1)
            writer.append(UInt8(ascii: " "))
            pick(Vocabulary.streets, bits >> 16, to: &writer)
            if bits >> 50 & 7 == 0 {
                writer.append("\nSuite " as StaticString)
                writer.append(Int(bits >> 40 & 255) + 1, width: 1)
            }
        case .city: pick(Vocabulary.cities, bits, to: &writer)
        case .state: pick(Vocabulary.states, bits, to: &writer)
        case .postalCode: writer.append(Int(bits % 100_000), width: 5)
        case .country: pick(Vocabulary.countries, bits, to: &writer)
        case .phone:
            writer.append("+1 (" as StaticString)
            writer.append(Int(bits % 800) + 200, width: 3)
            writer.append(") 555-" as StaticString)
            writer.append(Int((bits >> 20) % 10_000), width: 4)
        case .email:
            writer.append("user" as StaticString)
            writer.append(row + 1, width: 1)
            writer.append(UInt8(ascii: "@"))
            pick(Vocabulary.domains, bits, to: &writer)
        case .website:
            writer.append("https://www" as StaticString)
            writer.append(Int(bits % 90_000), width: 1)
            writer.append(UInt8(ascii: "."))
            pick(Vocabulary.domains, bits >> 20, to: &writer)
        case .words:
            appendWords(Int(bits >> 40 & 3) + 2, bits, to: &writer)
        case .paragraph:
            appendWords(6, bits, to: &writer)
            writer.append(", " as StaticString)
            pick(Vocabulary.phrases, bits >> 40, to: &writer)
            writer.append(UInt8(ascii: " "))
            appendWords(Int(bits >> 50 & 7), Mix.bits(bits, 1), to: &writer)
            writer.append(UInt8(ascii: "."))
        case .code(let prefix):
            writer.append(prefix[0])
            writer.append(Int(bits % 1_000_000), width: 6)
        }
    }

    @inline(__always)
    private func appendWords(_ count: Int, _ bits: UInt64, to writer: inout ByteWriter) {
        var rest = bits
        for index in 0..<count {
            if index > 0 { writer.append(UInt8(ascii: " ")) }
            pick(Vocabulary.words, rest & 63, to: &writer)
            rest >>= 6
        }
    }
}
