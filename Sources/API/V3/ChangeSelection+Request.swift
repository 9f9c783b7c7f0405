import Catalog
import Foundation
import Hummingbird
import WebServer

/// Which failed changes a request means.
extension ChangeSelection {
    /// From the query of a list: `mapping`, `text`, `cause`.
    static func query(_ request: Request, _ connection: Connection, _ services: APIServices) async throws -> ChangeSelection {
        let mapping = try await request.mapping("mapping", of: connection, services)
        return ChangeSelection(
            table: mapping?.tableName, cause: try request.parameter("cause").map { try cause($0) },
            text: request.parameter("text").map { String($0.prefix(200)) })
    }

    /// Changes or rows that one request names at most.
    static let mostNamed = 2_500
    /// Characters of a text that is looked for.
    static let longestText = 400

    /// From the body of an action: changes, rows or records by their numbers, or a filter, or all; somebody who names nothing wants nothing.
    static func body(_ body: JSONValue, rowsOnly: Bool) throws -> ChangeSelection {
        let known = rowsOnly ? ["rows", "sfids"] : ["changes", "rows", "cause", "text", "all", "mapping", "expected_count"]
        if let other = (body.members ?? []).first(where: { !known.contains($0.key) }) {
            throw APIError.badRequest("\(other.key.prefix(40)): not known here; expected \(known.joined(separator: ", "))")
        }
        var selection = ChangeSelection()
        selection.changes = try numbers("changes", body)
        selection.rows = try numbers("rows", body)
        selection.sfids = try list("sfids", body)?.map { element in
            guard let id = element.string, id.utf8.count == 18 || id.utf8.count == 15, id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
                throw APIError.badRequest("sfids: expected a list of Salesforce ids")
            }
            return id
        }
        selection.cause = try text("cause", body).map { try cause($0) }
        selection.text = try text("text", body)
        var isAll = false
        if let all = body["all"], all != .null {
            guard let value = all.boolean else { throw APIError.badRequest("all: expected true or false, found \(all.kind)") }
            isAll = value
        }
        let hasMapping = try text("mapping", body) != nil
        guard isAll || hasMapping || selection != ChangeSelection() else {
            throw APIError.badRequest(
                "the body: expected \(known.dropLast(rowsOnly ? 0 : 1).joined(separator: ", ")): what is meant must be named")
        }
        return selection
    }

    private static func cause(_ text: String) throws -> String {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            throw APIError.badRequest("cause: expected the cause of a group, 32 hexadecimal digits")
        }
        return text
    }

    static func text(_ name: String, _ body: JSONValue) throws -> String? {
        guard let value = body[name], value != .null else { return nil }
        guard let text = value.string else { throw APIError.badRequest("\(name): expected a text, found \(value.kind)") }
        let length = text.unicodeScalars.count
        guard (1...longestText).contains(length) else {
            throw APIError.badRequest("\(name): expected 1 to \(longestText) characters, found \(length)")
        }
        return text
    }

    private static func list(_ name: String, _ body: JSONValue) throws -> [JSONValue]? {
        guard let value = body[name], value != .null else { return nil }
        guard let elements = value.elements, !elements.isEmpty, elements.count <= mostNamed else {
            throw APIError.badRequest("\(name): expected a list of 1 to \(mostNamed)")
        }
        return elements
    }

    private static func numbers(_ name: String, _ body: JSONValue) throws -> [Int64]? {
        try list(name, body)?.map { element in
            guard let number = element.wholeNumber, (1...Int(Int32.max)).contains(number) else {
                throw APIError.badRequest("\(name): expected a list of numbers from 1 to \(Int32.max)")
            }
            return Int64(number)
        }
    }
}
