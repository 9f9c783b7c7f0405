import Catalog
import Foundation
import WebServer

/// What pages take out of the API's documents.
extension JSONValue {
    /// The text under a key; empty where there is none.
    func text(_ key: String) -> String { self[key]?.string ?? "" }

    /// The number under a key; nil where there is none.
    func count(_ key: String) -> Int? { self[key]?.integer }

    /// The list under a key.
    func list(_ key: String) -> [JSONValue] { self[key]?.elements ?? [] }

    /// The time under a key.
    func time(_ key: String) -> Date? { self[key]?.string.flatMap { Timestamp.parse($0) } }

    /// The seconds under a key.
    func seconds(_ key: String) -> Double? {
        if case .number(let digits) = self[key] { Double(digits) } else { nil }
    }

    /// Where the next page begins, out of the address that a list has of it.
    func cursor(_ name: String) -> String? {
        let parts = self["next"]?.string?.split(whereSeparator: { $0 == "?" || $0 == "&" }) ?? []
        return parts.first { $0.hasPrefix("\(name)=") }.map { part in
            let value = String(part.dropFirst(name.count + 1))
            return value.removingPercentEncoding ?? value
        }
    }

    /// A value as people read it: a text by itself, everything else as JSON has it.
    var plain: String { string ?? (self == .null ? "" : text) }
}
