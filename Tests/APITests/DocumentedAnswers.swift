import Catalog
import Foundation
import Synchronization

@testable import API

/// Whether an answer of the running server is one that the OpenAPI document names.
struct DocumentedAnswers {
    private let document: JSONValue
    private var validator: SchemaValidator { SchemaValidator(document: document) }

    private static let shared = Mutex<DocumentedAnswers?>(nil)

    /// The document of a server's routes; all servers here have the same ones.
    static func of(_ server: Server) -> DocumentedAnswers {
        shared.withLock { known in
            let answers = known ?? DocumentedAnswers(document: server.document())
            known = answers
            return answers
        }
    }

    /// The server gives these before it knows a route: to heads and bodies that are none, and to methods that a path does not have.
    private static let beforeRouting: Set<Int> = [400, 404, 405, 408, 413, 414, 431, 501]

    /// What is undocumented about an answer; empty when it is as the document has it, or when the path is none of the API's.
    func faults(_ method: String, _ path: String, status: Int, contentType: String?, body: [UInt8]) -> [String] {
        let parts = path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let route = route(parts) else {
            return [404, 405].contains(status) || Self.beforeRouting.contains(status) ? [] : ["\(path) is not documented"]
        }
        guard let operation = route[method == "HEAD" ? "get" : method.lowercased()] else {
            return Self.beforeRouting.contains(status) ? [] : ["\(method) \(path) is not documented"]
        }
        guard let answer = operation["responses"]?[String(status)] else {
            return [
                "\(method) \(path): the status \(status) is not documented; the body was \(String(decoding: body.prefix(300), as: UTF8.self))"
            ]
        }
        guard let content = answer["content"]?.members else {
            return body.isEmpty || status == 303 ? [] : ["\(method) \(path): \(status) has an undocumented body"]
        }
        if method == "HEAD" { return [] }
        let type = contentType.map { String($0.prefix { $0 != ";" }) } ?? ""
        guard let schema = content.first(where: { $0.key == type })?.value["schema"] else {
            return ["\(method) \(path): \(status) as \(type) is not documented"]
        }
        guard type == "application/json" else { return [] }
        guard let value = try? JSONValue(parsing: body) else { return ["\(method) \(path): \(status) is no JSON"] }
        return validator.faults(of: value, against: schema).map { "\(method) \(path) \(status) \($0)" }
    }

    /// The method that a request means: clients that can only POST name it in the query.
    static func method(_ method: String, _ path: String) -> String {
        guard method == "POST", let name = path.split(separator: "_HttpMethod=").dropFirst().first else { return method }
        return String(name.prefix { $0.isLetter })
    }

    /// The path item that fits best: fixed parts before parameters.
    private func route(_ parts: [String]) -> JSONValue? {
        let fitting = (document["paths"]?.members ?? []).filter { item in
            let template = item.key.split(separator: "/").map(String.init)
            return template.count == parts.count && zip(template, parts).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
        }
        return fitting.min { $0.key.filter { $0 == "{" }.count < $1.key.filter { $0 == "{" }.count }?.value
    }
}
