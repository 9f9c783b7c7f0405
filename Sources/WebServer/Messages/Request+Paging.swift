package import Catalog
import Foundation
package import Hummingbird

/// Lists come page by page: each answer names the address of the next page, which begins after the last entry of this one.
extension Request {
    /// The most entries of a page that a request asks for.
    package func pageLimit(default standard: Int = 100) throws -> Int { try number("limit", default: standard, in: 1...1000) }

    /// A parameter that names an entry by its number.
    package func cursor(_ name: String) throws -> Int64? {
        guard let text = parameter(name) else { return nil }
        guard let value = Int64(text), value >= 0 else {
            throw APIError.badRequest("\(name): expected the number of an entry, found \"\(text.prefix(40))\"")
        }
        return value
    }

    /// A parameter that lists words of an enumeration, separated by commas.
    package func words<Word: RawRepresentable & CaseIterable & Hashable>(_ name: String, of type: Word.Type = Word.self) throws -> Set<Word>
    where Word.RawValue == String {
        guard let text = parameter(name) else { return [] }
        return try Set(
            text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                guard let word = Word(rawValue: String(part)) else {
                    let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
                    throw APIError.badRequest(
                        "\(name): expected one or more of \(known), separated by commas, found \"\(part.prefix(40))\"")
                }
                return word
            })
    }

    /// A parameter that is one word of an enumeration.
    package func word<Word: RawRepresentable & CaseIterable>(_ name: String, default standard: Word) throws -> Word
    where Word.RawValue == String {
        guard let text = parameter(name) else { return standard }
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError.badRequest("\(name): expected one of \(known), found \"\(text.prefix(40))\"")
        }
        return word
    }

    /// A parameter that is `true` or `false`; nil when it is neither, since it is not there.
    package func choice(_ name: String) throws -> Bool? {
        switch parameter(name) {
        case nil: nil
        case "true": true
        case "false": false
        case let text?: throw APIError.badRequest("\(name): expected true or false, found \"\(text.prefix(40))\"")
        }
    }

    /// The address of this list's next page; nil without one.
    package func nextPage(_ name: String, _ cursor: String?) -> JSONValue {
        guard let cursor else { return nil }
        let kept = (uri.query ?? "").split(separator: "&").filter { $0 != name && !$0.hasPrefix("\(name)=") }
        let escaped = cursor.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? cursor
        return .string("\(uri.path)?\((kept.map(String.init) + ["\(name)=\(escaped)"]).joined(separator: "&"))")
    }
}
