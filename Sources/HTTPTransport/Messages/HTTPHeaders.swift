/// Header fields in the order they were added; names compare without regard to case.
public struct HTTPHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One header field.
    public struct Field: Sendable, Hashable {
        /// The field's name as given.
        public let name: String
        /// The field's value, without surrounding white space.
        public let value: String

        /// Makes a field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// All fields in order.
    public private(set) var fields: [Field]

    /// Makes headers of fields in order.
    public init(_ fields: [Field] = []) {
        self.fields = fields
    }

    /// Makes headers of name and value pairs, in order; a name may occur more than once.
    public init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of the name; setting replaces all values of that name, setting nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// All values of the name, in order.
    public func values(_ name: String) -> [String] {
        fields.filter { Self.same($0.name, name) }.map(\.value)
    }

    /// Adds a field and keeps what is there.
    public mutating func add(name: String, value: String) {
        fields.append(Field(name: name, value: value))
    }

    fileprivate static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}

extension HTTPHeaders.Field: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Fields whose value lets its bearer in.
    private static let secrets = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"]

    /// `Name: value`, but for the value of a field that holds credentials.
    public var description: String {
        let isSecret = Self.secrets.contains { HTTPHeaders.same($0, name) }
        return "\(name): \(isSecret ? "(redacted)" : value)"
    }

    /// The same as the description.
    public var debugDescription: String { description }

    /// Hides the value from reflection.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
