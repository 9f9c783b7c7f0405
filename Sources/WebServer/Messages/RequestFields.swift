package import Catalog

/// The members of a request's body, each read as what it is expected to be. What has no meaning here may be there too; null is absent.
package struct RequestFields {
    /// Characters of a text that needs no limit of its own.
    package static let longestText = 2000

    private let object: JSONValue

    package init(_ object: JSONValue?) { self.object = object ?? [:] }

    package func text(_ key: String, longest: Int = Self.longestText) throws -> String? {
        guard let value = object[key], value != .null else { return nil }
        guard let text = value.string else { throw APIError.badRequest("\(key): expected a string, found \(value.kind)") }
        guard text.unicodeScalars.count <= longest else { throw APIError.badRequest("\(key): expected at most \(longest) characters") }
        return text
    }

    /// A text that, where it is there, says something.
    package func filled(_ key: String, _ what: String, longest: Int = Self.longestText) throws -> String? {
        let text = try text(key, longest: longest)
        guard text?.isEmpty != true else { throw APIError.badRequest("\(key): expected \(what), found an empty string") }
        return text
    }

    package func required(_ key: String, _ what: String, longest: Int = Self.longestText) throws -> String {
        guard let text = try filled(key, what, longest: longest) else { throw APIError.badRequest("\(key): expected \(what)") }
        return text
    }

    package func flag(_ key: String) throws -> Bool? {
        guard let value = object[key], value != .null else { return nil }
        guard case .bool(let flag) = value else { throw APIError.badRequest("\(key): expected true or false, found \(value.kind)") }
        return flag
    }

    package func number(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let value = object[key], value != .null else { return nil }
        guard let number = value.wholeNumber, range.contains(number) else {
            throw APIError.badRequest("\(key): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}
