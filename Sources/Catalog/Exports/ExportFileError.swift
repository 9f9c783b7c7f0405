import ForeignText

/// What is wrong with an export file, and where.
public struct ExportFileError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The place, as a path: `mappings[0].config.fields`; empty for the document itself.
    public let path: String
    /// What was expected there, and what was found.
    public let message: String

    /// A fault at a place.
    public init(path: String, message: String) {
        self.path = String(foreign: path, limit: 500)
        self.message = String(foreign: message)
    }

    /// A file never mends itself.
    public var isRetryable: Bool { false }

    /// Place and reason on one line.
    public var description: String { String(foreign: path.isEmpty ? message : "\(path): \(message)") }
}

extension JSONValue {
    /// The members of the object at a path, none of them twice.
    func object(at path: String) throws(ExportFileError) -> [Member] {
        guard case .object(let members) = self else { throw ExportFileError(path: path, message: "expected an object, found \(kind)") }
        var seen: Set<String> = []
        for member in members where !seen.insert(member.key).inserted {
            throw ExportFileError(path: path, message: "expected each key once, found \"\(member.key)\" twice")
        }
        return members
    }

    func array(at path: String) throws(ExportFileError) -> [JSONValue] {
        guard case .array(let elements) = self else { throw ExportFileError(path: path, message: "expected an array, found \(kind)") }
        return elements
    }

    func string(at path: String) throws(ExportFileError) -> String {
        guard case .string(let text) = self else { throw ExportFileError(path: path, message: "expected a string, found \(kind)") }
        return text
    }

    func boolean(at path: String) throws(ExportFileError) -> Bool {
        guard case .bool(let value) = self else { throw ExportFileError(path: path, message: "expected true or false, found \(kind)") }
        return value
    }

    func positiveInteger(at path: String) throws(ExportFileError) -> Int {
        guard let value = wholeNumber, value > 0, value <= Int32.max else {
            let found = if case .number(let digits) = self { digits } else { kind }
            throw ExportFileError(path: path, message: "expected a positive whole number, found \(found)")
        }
        return value
    }
}
