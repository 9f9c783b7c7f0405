/// Reads XML 1.0 in UTF-8: namespaces, the five entities, character references, CDATA, comments and processing instructions. A document type is
/// refused, as Salesforce does, so that no entity can grow; depth is bounded, so that no body can overflow the stack.
package struct XMLReader {
    private static let maximumDepth = 64
    private static let maximumAttributes = 256

    private struct Open {
        /// As written, to compare the end tag with.
        let tag: ArraySlice<UInt8>
        var element: XMLElement
        var text: [UInt8] = []
        /// Prefixes in force inside.
        let namespaces: [String: String]
    }

    private let bytes: [UInt8]
    private var position = 0
    private var open: [Open] = []

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// The root element.
    package static func read(_ bytes: [UInt8]) throws(XMLError) -> XMLElement {
        var reader = XMLReader(bytes: bytes)
        return try reader.document()
    }

    private func error(_ message: String) -> XMLError {
        XMLError(message: message, line: bytes.prefix(position).reduce(1) { $1 == 0x0A ? $0 + 1 : $0 })
    }

    private mutating func document() throws(XMLError) -> XMLElement {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        var root: XMLElement?
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "<") {
                try characters()
            } else if let element = try markup() {
                guard root == nil else { throw error("Only one root element is allowed") }
                root = element
            }
        }
        guard open.isEmpty else { throw error("The element \(open[open.count - 1].element.name) is not closed") }
        guard let root else { throw error("Premature end of file: there is no root element") }
        return root
    }

    /// Reads one tag, comment or the like; answers the root element when this ends it.
    private mutating func markup() throws(XMLError) -> XMLElement? {
        if skip("<!--") {
            try skipTo("-->", "a comment")
        } else if skip("<![CDATA[") {
            guard !open.isEmpty else { throw error("Content is not allowed outside the root element") }
            let start = position
            try skipTo("]]>", "a CDATA section")
            try append(bytes[start..<(position - 3)])
        } else if skip("<?") {
            try skipTo("?>", "a processing instruction")
        } else if skip("<!") {
            throw error("DOCTYPE is not allowed")
        } else if skip("</") {
            return try endTag()
        } else {
            position += 1
            return try startTag()
        }
        return nil
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        let end = position + text.utf8CodeUnitCount
        guard end <= bytes.count,
            bytes[position..<end].elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
        else { return false }
        position = end
        return true
    }

    private mutating func skipTo(_ end: StaticString, _ what: String) throws(XMLError) {
        while position < bytes.count {
            if skip(end) { return }
            position += 1
        }
        throw error("\(what) is not closed")
    }

    private mutating func skipSpace() {
        while position < bytes.count, Self.isSpace(bytes[position]) { position += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    /// Letters, digits and whatever is not ASCII; the fine print of XML names is left aside.
    private mutating func name() throws(XMLError) -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case 48...57, UInt8(ascii: "-"), UInt8(ascii: "."):
                guard position > start else { throw error("A name cannot begin with '\(Character(Unicode.Scalar(bytes[position])))'") }
            case 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: ":"), 0x80...: break
            default:
                guard position > start else { throw error("A name is missing") }
                return bytes[start..<position]
            }
            position += 1
        }
        throw error("The document ends inside a tag")
    }

    private mutating func startTag() throws(XMLError) -> XMLElement? {
        guard open.count < Self.maximumDepth else { throw error("Elements are nested too deeply") }
        let tag = try name()
        var written: [(name: ArraySlice<UInt8>, value: String)] = []
        while true {
            let before = position
            skipSpace()
            guard position < bytes.count else { throw error("The document ends inside a tag") }
            if bytes[position] == UInt8(ascii: ">") || bytes[position] == UInt8(ascii: "/") { break }
            guard position > before else { throw error("A space is missing before an attribute") }
            guard written.count < Self.maximumAttributes else { throw error("An element has too many attributes") }
            let attribute = try attribute()
            guard !written.contains(where: { $0.name == attribute.name }) else { throw error("An attribute is there twice") }
            written.append(attribute)
        }
        let isEmpty = skip("/>")
        guard isEmpty || skip(">") else { throw error("A tag is not closed") }
        let namespaces = namespaces(written)
        let (elementName, namespace) = try resolve(tag, namespaces, isAttribute: false)
        var element = XMLElement(name: elementName, namespace: namespace)
        for attribute in written where !attribute.name.starts(with: "xmlns".utf8) {
            let (name, namespace) = try resolve(attribute.name, namespaces, isAttribute: true)
            element.attributes.append(XMLElement.Attribute(name: name, namespace: namespace, value: attribute.value))
        }
        if isEmpty { return close(element) }
        open.append(Open(tag: tag, element: element, namespaces: namespaces))
        return nil
    }

    private mutating func attribute() throws(XMLError) -> (name: ArraySlice<UInt8>, value: String) {
        let name = try name()
        skipSpace()
        guard skip("=") else { throw error("An attribute has no value") }
        skipSpace()
        guard position < bytes.count, bytes[position] == 0x22 || bytes[position] == 0x27 else {
            throw error("An attribute's value needs quotes")
        }
        let quote = bytes[position]
        position += 1
        var value: [UInt8] = []
        while position < bytes.count, bytes[position] != quote {
            guard bytes[position] != UInt8(ascii: "<") else { throw error("An attribute's value cannot have '<'") }
            try character(into: &value)
        }
        guard position < bytes.count else { throw error("The document ends inside a tag") }
        position += 1
        return (name, String(decoding: value, as: UTF8.self))
    }

    private func namespaces(_ attributes: [(name: ArraySlice<UInt8>, value: String)]) -> [String: String] {
        var namespaces = open.last?.namespaces ?? ["xml": "http://www.w3.org/XML/1998/namespace"]
        for attribute in attributes {
            if attribute.name.elementsEqual("xmlns".utf8) { namespaces[""] = attribute.value }
            if attribute.name.starts(with: "xmlns:".utf8) {
                namespaces[String(decoding: attribute.name.dropFirst(6), as: UTF8.self)] = attribute.value
            }
        }
        return namespaces
    }

    private func resolve(
        _ name: ArraySlice<UInt8>, _ namespaces: [String: String], isAttribute: Bool
    ) throws(XMLError) -> (name: String, namespace: String) {
        let parts = name.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            return (String(decoding: name, as: UTF8.self), isAttribute ? "" : namespaces[""] ?? "")
        }
        guard parts.count == 2, let first = parts[1].first, !parts[0].isEmpty, first > UInt8(ascii: "9") else {
            throw error("'\(String(decoding: name, as: UTF8.self))' is no name")
        }
        let prefix = String(decoding: parts[0], as: UTF8.self)
        guard let namespace = namespaces[prefix] else { throw error("The prefix \"\(prefix)\" is not bound") }
        return (String(decoding: parts[1], as: UTF8.self), namespace)
    }

    private mutating func endTag() throws(XMLError) -> XMLElement? {
        let tag = try name()
        skipSpace()
        guard skip(">") else { throw error("A tag is not closed") }
        guard var last = open.popLast() else { throw error("An element is closed that was not opened") }
        guard last.tag == tag else {
            throw error("The element type \"\(String(decoding: last.tag, as: UTF8.self))\" must be terminated by the matching end-tag")
        }
        last.element.text = String(decoding: last.text, as: UTF8.self)
        return close(last.element)
    }

    private mutating func close(_ element: XMLElement) -> XMLElement? {
        guard !open.isEmpty else { return element }
        open[open.count - 1].element.children.append(element)
        return nil
    }

    private mutating func characters() throws(XMLError) {
        guard !open.isEmpty else {
            skipSpace()
            guard position == bytes.count || bytes[position] == UInt8(ascii: "<") else {
                throw error("Content is not allowed outside the root element")
            }
            return
        }
        var text: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "<") { try character(into: &text) }
        open[open.count - 1].text += text
    }

    private mutating func append(_ section: ArraySlice<UInt8>) throws(XMLError) {
        guard section.allSatisfy({ $0 >= 0x20 || Self.isSpace($0) }) else { throw error("A control character is not allowed") }
        open[open.count - 1].text += section
    }

    /// One byte of text, or a reference.
    @inline(__always)
    private mutating func character(into text: inout [UInt8]) throws(XMLError) {
        let byte = bytes[position]
        guard byte != UInt8(ascii: "&") else { return try reference(into: &text) }
        guard byte >= 0x20 || Self.isSpace(byte) else { throw error("A control character is not allowed") }
        position += 1
        // A line ends in one character, however it was sent.
        if byte == 0x0D {
            if position < bytes.count, bytes[position] == 0x0A { position += 1 }
            text.append(0x0A)
        } else {
            text.append(byte)
        }
    }

    private mutating func reference(into text: inout [UInt8]) throws(XMLError) {
        let start = position + 1
        guard let end = bytes[start..<min(start + 12, bytes.count)].firstIndex(of: UInt8(ascii: ";")) else {
            throw error("The entity reference is not closed")
        }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        switch name {
        case "amp": text.append(UInt8(ascii: "&"))
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "quot": text.append(0x22)
        case "apos": text.append(0x27)
        default:
            let isHexadecimal = name.hasPrefix("#x")
            guard name.hasPrefix("#"), let number = UInt32(name.dropFirst(isHexadecimal ? 2 : 1), radix: isHexadecimal ? 16 : 10),
                let scalar = Unicode.Scalar(number), number >= 0x20 || Self.isSpace(UInt8(number))
            else { throw error("The entity \"\(name)\" was referenced, but not declared") }
            text += Array(String(Character(scalar)).utf8)
        }
        position = end + 1
    }
}
