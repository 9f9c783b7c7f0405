/// Reads pages of records in one pass over their bytes. The fields are known only at run time, so there is no type to decode
/// into; instead each record becomes a row of slots that point into the page.
public struct QueryPageScanner {
    private let tree: FieldTree
    private var slots: [FieldSlot]

    /// Takes the fields in the order in which their slots are wanted; parents' fields as paths, `Account__r.External_Id__c`.
    public init(fields: [String]) {
        tree = FieldTree(fields)
        slots = Array(repeating: .empty, count: fields.count)
    }

    /// Calls the visitor for each record. Malformed input throws with the offset of the byte that does not fit, possibly after
    /// the visitor has seen some records; what the visitor throws comes out unchanged.
    @discardableResult
    public mutating func scan(_ page: UnsafeBufferPointer<UInt8>, _ visit: (ScannedRecord) throws -> Void) throws -> QueryPageEnvelope {
        do {
            var cursor = JSONCursor(page)
            return try EnvelopeReader.read(&cursor, stopEarly: false) { cursor in
                try record(&cursor, node: 0)
                try slots.withUnsafeBufferPointer { try visit(ScannedRecord(page: page, slots: $0)) }
                for index in slots.indices { slots[index] = .empty }
            }
        } catch let error as JSONScanError {
            for index in slots.indices { slots[index] = .empty }
            throw Self.malformed(error)
        } catch {
            for index in slots.indices { slots[index] = .empty }
            throw error
        }
    }

    /// Calls the visitor for each record of a page.
    @discardableResult
    public mutating func scan(_ page: QueryPage, _ visit: (ScannedRecord) throws -> Void) throws -> QueryPageEnvelope {
        try page.bytes.withUnsafeBufferPointer { try scan($0, visit) }
    }

    /// Reads the JSON of one record alone.
    public mutating func scanRecord(_ bytes: UnsafeBufferPointer<UInt8>, _ visit: (ScannedRecord) throws -> Void) throws {
        defer { for index in slots.indices { slots[index] = .empty } }
        do {
            var cursor = JSONCursor(bytes)
            try record(&cursor, node: 0)
            try cursor.expectEnd()
        } catch {
            throw Self.malformed(error)
        }
        try slots.withUnsafeBufferPointer { try visit(ScannedRecord(page: bytes, slots: $0)) }
    }

    static func envelope(of bytes: [UInt8]) throws(SalesforceError) -> QueryPageEnvelope {
        do {
            return try bytes.withUnsafeBufferPointer { buffer in
                var cursor = JSONCursor(buffer)
                return try EnvelopeReader.read(&cursor, stopEarly: true) { try $0.skipValue() }
            }
        } catch let error as JSONScanError {
            throw malformed(error)
        } catch {
            throw .invalidRequest("\(error)")
        }
    }

    private static func malformed(_ error: JSONScanError) -> SalesforceError {
        SalesforceError(
            code: .notJSON, message: "the page is malformed at byte \(error.offset): expected \(error.expected)", retry: .backOff)
    }

    // MARK: One record

    private mutating func record(_ cursor: inout JSONCursor, node: Int, depth: Int = 0) throws(JSONScanError) {
        guard try cursor.opens(UInt8(ascii: "{"), UInt8(ascii: "}"), "a record") else { return }
        // Salesforce repeats the order of the SELECT list, so the next key is nearly always the next one in the tree.
        var expected = 0
        repeat {
            let name = try cursor.text()
            try cursor.expect(UInt8(ascii: ":"), "a colon")
            if let index = key(name, cursor.bytes, node: node, expected: expected) {
                expected = index + 1
                try value(&cursor, tree.nodes[node][index], depth: depth)
            } else {
                try cursor.skipValue()
            }
        } while try cursor.continues(until: UInt8(ascii: "}"))
    }

    @inline(__always)
    private func key(_ name: JSONCursor.Text, _ bytes: UnsafeBufferPointer<UInt8>, node: Int, expected: Int) -> Int? {
        let keys = tree.nodes[node]
        if expected < keys.count, Self.same(keys[expected].name, name, bytes) { return expected }
        return keys.firstIndex { Self.same($0.name, name, bytes) }
    }

    @inline(__always)
    private static func same(_ key: [UInt8], _ name: JSONCursor.Text, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard key.count == name.count else { return false }
        for index in 0..<key.count where key[index] != bytes[name.offset + index] { return false }
        return true
    }

    private mutating func value(_ cursor: inout JSONCursor, _ key: FieldTree.Key, depth: Int) throws(JSONScanError) {
        let first = cursor.peek()
        if first == UInt8(ascii: "{"), let child = key.child {
            guard depth < 8 else { throw cursor.error("less nesting") }
            try record(&cursor, node: child, depth: depth + 1)
            return
        }
        // The first of equal keys counts.
        guard let slot = key.slot, !slots[slot].isSet else { return try cursor.skipValue() }
        let start = cursor.position
        var found = FieldSlot(kind: .null, needsUnescape: false, isSet: true, offset: start, count: 0)
        switch first {
        case UInt8(ascii: "\""):
            let text = try cursor.text()
            found.kind = .string
            found.needsUnescape = text.hasEscapes
            found.offset = text.offset
            found.count = text.count
        case UInt8(ascii: "n"): try cursor.literal("null")
        case UInt8(ascii: "t"):
            try cursor.literal("true")
            found.kind = .true
        case UInt8(ascii: "f"):
            try cursor.literal("false")
            found.kind = .false
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try cursor.skipValue()
            found.kind = .composite
            found.count = cursor.position - start
        case UInt8(ascii: "-"), 0x30...0x39:
            found.count = try cursor.number().count
            found.kind = .number
        default: throw cursor.error("a value")
        }
        slots[slot] = found
    }
}
