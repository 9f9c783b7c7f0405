import SandboxBytes
package import SandboxData
package import SandboxQuery

/// Something that subscribers are told of. Its JSON is written when somebody takes it, so that an event nobody hears costs little.
package struct StreamEvent: Sendable {
    package enum Content: Sendable {
        case change(RowChange, sequence: Int)
        case gap(ChangeGap)
        case topic(TopicEvent)
    }

    package let replayID: Int
    package let transaction: ChangeTransaction
    package let content: Content

    /// The object whose change event this is; nil for what is none.
    package var object: ObjectSchema? {
        switch content {
        case .change(let change, _): change.object
        case .gap(let gap): gap.object
        case .topic: nil
        }
    }
}

/// What the events of one transaction have in common.
package final class ChangeTransaction: Sendable {
    /// Ascends with every commit.
    package let number: Int
    /// Seconds since 1970.
    package let committed: Int64
    /// See ``ChangeOrigin``.
    package let origin: String

    package init(number: Int, committed: Int64, origin: String) {
        self.number = number
        self.committed = committed
        self.origin = origin
    }

    /// `0001284f-bf79-b4c7-c7d8-de9e3018d47b`
    package var key: String {
        let high = Self.hexadecimal(Mix.bits(0x5EED, number) >> 16)
        let low = Self.hexadecimal(Mix.bits(0xCDC, number))
        let text = Array((high + low).utf8)
        let cuts = [text[0..<8], text[8..<12], text[12..<16], text[16..<20], text[20..<32]]
        return cuts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "-")
    }

    private static func hexadecimal(_ bits: UInt64) -> String {
        let text = String(bits, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

/// An event that only says that records changed, not how: the client has to read them again.
package struct ChangeGap: Sendable {
    package enum Kind: String, Sendable, CaseIterable {
        case create = "GAP_CREATE"
        case update = "GAP_UPDATE"
        case delete = "GAP_DELETE"
        case undelete = "GAP_UNDELETE"
        /// A transaction changed too much: the client has to read the whole object again.
        case overflow = "GAP_OVERFLOW"
    }

    package let kind: Kind
    package let object: ObjectSchema
    package let ids: [String]

    package init(kind: Kind, object: ObjectSchema, ids: [String]) {
        self.kind = kind
        self.object = object
        self.ids = ids
    }
}
