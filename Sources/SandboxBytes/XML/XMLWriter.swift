/// Writes XML by hand.
package struct XMLWriter: ~Copyable {
    package var bytes: ByteWriter
    /// Whether elements stand on lines of their own, as in the answers of Bulk 1.0.
    private let isIndented: Bool
    private var depth = 0

    package static let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"

    /// A document, which begins with the XML declaration.
    package init(isIndented: Bool, capacity: Int = 1024) {
        bytes = ByteWriter(capacity: capacity)
        self.isIndented = isIndented
        bytes.append(string: Self.declaration)
    }

    /// A piece of an indented document, inside its root element.
    package init(fragmentOfCapacity capacity: Int) {
        bytes = ByteWriter(capacity: capacity)
        isIndented = true
        depth = 1
    }

    private mutating func breakLine() {
        guard isIndented, depth > 0 else { return }
        bytes.append(0x0A)
        for _ in 0..<depth { bytes.append(0x20) }
    }

    package mutating func element(_ name: String, _ write: (inout XMLWriter) -> Void) { element(name, attributes: "", write) }

    /// An element with others inside. The attributes are written as given.
    package mutating func element(_ name: String, attributes: String, _ write: (inout XMLWriter) -> Void) {
        breakLine()
        bytes.append(string: "<\(name)\(attributes)>")
        depth += 1
        write(&self)
        depth -= 1
        if isIndented {
            bytes.append(0x0A)
            for _ in 0..<depth { bytes.append(0x20) }
        }
        bytes.append(string: "</\(name)>")
    }

    /// An element with text inside.
    package mutating func element(_ name: String, _ text: String) {
        breakLine()
        bytes.append(string: "<\(name)>")
        append(escaping: text)
        bytes.append(string: "</\(name)>")
    }

    package mutating func element(_ name: String, _ flag: Bool) { element(name, flag ? "true" : "false") }

    /// An element without anything inside; `<name xsi:nil="true"/>` stands for null.
    mutating func emptyElement(_ name: String, attributes: String = "") {
        breakLine()
        bytes.append(string: "<\(name)\(attributes)/>")
    }

    package mutating func nilElement(_ name: String) { emptyElement(name, attributes: " xsi:nil=\"true\"") }

    /// Text, with what would be markup escaped; control characters, which XML cannot have, are left out.
    package mutating func append(escaping text: String) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): bytes.append("&amp;" as StaticString)
            case UInt8(ascii: "<"): bytes.append("&lt;" as StaticString)
            case UInt8(ascii: ">"): bytes.append("&gt;" as StaticString)
            case 0x0D: bytes.append("&#xd;" as StaticString)
            case 0x00..<0x09, 0x0B..<0x20: break
            default: bytes.append(byte)
            }
        }
    }
}
