import Catalog
import Hummingbird
import WebServer

/// What an address of the log asks for.
struct LogQuery {
    let mapping: String
    let type: String
    let level: String
    let text: String
    let before: String

    init(_ request: Request) {
        func word(_ name: String) -> String { String((request.parameter(name) ?? "").prefix(200)) }
        (mapping, text, before) = (word("mapping"), word("text"), word("before"))
        // What no menu offers does not narrow down.
        type = EventType(rawValue: word("type"))?.rawValue ?? ""
        level = EventLevel(rawValue: word("level"))?.rawValue ?? ""
    }

    /// The address with an older page, or with the newest.
    func address(_ path: String, before: String?, limit: Int? = nil) -> String {
        PageAddress.make(
            path,
            [
                ("mapping", mapping), ("type", type), ("level", level), ("text", text), ("before", before),
                ("limit", limit.map(String.init)),
            ])
    }
}
