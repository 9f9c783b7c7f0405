/// Reads what stands around a page's records: `{"totalSize":2,"done":true,"nextRecordsUrl":"…","records":[…]}`.
enum EnvelopeReader {
    /// Calls `record` with the cursor before each record. With `stopEarly` it returns at the records if nothing can be missing.
    static func read(
        _ cursor: inout JSONCursor, stopEarly: Bool, record: (inout JSONCursor) throws -> Void
    ) throws -> QueryPageEnvelope {
        var envelope = QueryPageEnvelope()
        var hasSize = false
        var isDone: Bool?
        var hasRecords = false
        if try cursor.opens(UInt8(ascii: "{"), UInt8(ascii: "}"), "a page of records") {
            repeat {
                let name = try cursor.text()
                try cursor.expect(UInt8(ascii: ":"), "a colon")
                switch Key(name, cursor.bytes) {
                case .totalSize:
                    envelope.totalSize = try integer(&cursor)
                    hasSize = true
                case .done: isDone = try boolean(&cursor)
                case .nextRecordsUrl: envelope.nextRecordsUrl = try optionalText(&cursor)
                case .records:
                    hasRecords = true
                    if stopEarly, hasSize, isDone == true || isDone == false && envelope.nextRecordsUrl != nil {
                        return try checked(envelope, isDone: isDone, hasRecords: true, cursor)
                    }
                    guard try cursor.opens(UInt8(ascii: "["), UInt8(ascii: "]"), "a list of records") else { continue }
                    repeat { try record(&cursor) } while try cursor.continues(until: UInt8(ascii: "]"))
                case nil: try cursor.skipValue()
                }
            } while try cursor.continues(until: UInt8(ascii: "}"))
        }
        try cursor.expectEnd()
        return try checked(envelope, isDone: isDone, hasRecords: hasRecords, cursor)
    }

    private enum Key {
        case totalSize, done, nextRecordsUrl, records

        init?(_ name: JSONCursor.Text, _ bytes: UnsafeBufferPointer<UInt8>) {
            switch String(decoding: bytes[name.offset..<name.offset + name.count], as: UTF8.self) {
            case "totalSize": self = .totalSize
            case "done": self = .done
            case "nextRecordsUrl": self = .nextRecordsUrl
            case "records": self = .records
            default: return nil
            }
        }
    }

    /// A page that says it is not the last must say which comes next; otherwise records would be lost in silence.
    private static func checked(
        _ envelope: QueryPageEnvelope, isDone: Bool?, hasRecords: Bool, _ cursor: JSONCursor
    ) throws(JSONScanError) -> QueryPageEnvelope {
        guard let isDone, hasRecords else { throw cursor.error("the keys done and records") }
        guard isDone || envelope.nextRecordsUrl != nil else { throw cursor.error("nextRecordsUrl where done is false") }
        var envelope = envelope
        envelope.done = isDone
        if isDone { envelope.nextRecordsUrl = nil }
        return envelope
    }

    private static func integer(_ cursor: inout JSONCursor) throws(JSONScanError) -> Int {
        _ = cursor.peek()
        let range = try cursor.number()
        guard let value = Int(String(decoding: cursor.bytes[range], as: UTF8.self)) else { throw cursor.error("a whole number") }
        return value
    }

    private static func boolean(_ cursor: inout JSONCursor) throws(JSONScanError) -> Bool {
        if cursor.peek() == UInt8(ascii: "t") {
            try cursor.literal("true")
            return true
        }
        try cursor.literal("false")
        return false
    }

    private static func optionalText(_ cursor: inout JSONCursor) throws(JSONScanError) -> String? {
        if cursor.peek() == UInt8(ascii: "n") {
            try cursor.literal("null")
            return nil
        }
        let text = try cursor.text()
        var bytes: [UInt8] = []
        JSONText.appendUnescaped(UnsafeBufferPointer(rebasing: cursor.bytes[text.offset..<text.offset + text.count]), to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
