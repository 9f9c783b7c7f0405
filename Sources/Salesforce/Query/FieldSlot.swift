/// One value of a record, as a range of the page's bytes.
public struct FieldSlot: Sendable, Hashable {
    /// What kind of JSON value it is.
    public enum Kind: UInt8, Sendable {
        /// Absent, null, or below a parent that is null.
        case null
        /// `true`
        case `true`
        /// `false`
        case `false`
        /// A number; the range is its text.
        case number
        /// A text; the range lies between the quotes.
        case string
        /// An object or array, such as an address; the range is its JSON.
        case composite
    }

    /// The kind.
    public internal(set) var kind: Kind
    /// Whether a text holds escapes, so that its bytes are not the value yet.
    public internal(set) var needsUnescape: Bool
    var isSet: Bool
    /// Where it starts in the page.
    public internal(set) var offset: Int
    /// How many bytes it has.
    public internal(set) var count: Int

    static let empty = FieldSlot(kind: .null, needsUnescape: false, isSet: false, offset: 0, count: 0)
}

/// One record of a page, valid only while the visitor runs.
public struct ScannedRecord {
    /// The page's bytes.
    public let page: UnsafeBufferPointer<UInt8>
    /// One slot for each requested field, in the order in which they were requested.
    public let slots: UnsafeBufferPointer<FieldSlot>

    /// The raw bytes of a slot: a number's text, or a text without its quotes but with its escapes.
    public func raw(_ slot: FieldSlot) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: page[slot.offset..<slot.offset + slot.count])
    }

    /// Appends a text's UTF-8, escapes undone.
    public func appendText(_ slot: FieldSlot, to output: inout [UInt8]) {
        if slot.needsUnescape {
            JSONText.appendUnescaped(raw(slot), to: &output)
        } else {
            output.append(contentsOf: raw(slot))
        }
    }

    /// A text, number or composite as a String; nil for null. For where speed does not matter.
    public func string(_ index: Int) -> String? {
        let slot = slots[index]
        switch slot.kind {
        case .null: return nil
        case .true: return "true"
        case .false: return "false"
        case .number, .composite: return String(decoding: raw(slot), as: UTF8.self)
        case .string:
            var bytes: [UInt8] = []
            appendText(slot, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
    }
}
