import SandboxBytes
import SandboxHTTP
import SandboxStore

/// Reads what a client asks of a job, in XML or JSON: the members by their names. What nobody knows is left aside, as some clients send more.
struct AsyncJobReader: Sendable {
    private let values: [String: String]

    init(_ call: Call) throws(AsyncError) {
        let format = AsyncFormat(request: call)
        // Clients send XML as other types too; then the first character tells.
        let isJSON = format.map { $0 == .json } ?? (call.body.first { $0 > 0x20 } == UInt8(ascii: "{"))
        values = isJSON ? try Self.json(call.body) : try Self.xml(call.body)
    }

    /// Nil when it is missing, null or empty.
    subscript(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    private static func xml(_ body: [UInt8]) throws(AsyncError) -> [String: String] {
        let root: XMLElement
        do throws(XMLError) { root = try XMLReader.read(body) } catch {
            throw AsyncError("InvalidXML", "\(error.message) at line \(error.line)")
        }
        guard root.name == "jobInfo" else { throw AsyncError("InvalidXML", "Found '\(root.name)' where jobInfo was expected") }
        return Dictionary(
            root.children.filter { !$0.isNil }.map { ($0.name, trimmed($0.text)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func json(_ body: [UInt8]) throws(AsyncError) -> [String: String] {
        let document: JSON
        do throws(JSONError) { document = try JSONParser.parse(body) } catch {
            throw AsyncError("InvalidJob", "Unable to parse Job. \(error.message) at [line:\(error.line), column:\(error.column)]")
        }
        guard let members = document.members else { throw AsyncError("InvalidJob", "Unable to parse Job. An object is expected") }
        var values: [String: String] = [:]
        for member in members {
            switch member.value {
            case .string(let text): values[member.key] = trimmed(text)
            case .number(_, let text): values[member.key] = text
            case .bool(let flag): values[member.key] = flag ? "true" : "false"
            case .null, .array, .object: break
            }
        }
        return values
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace }) else {
            return ""
        }
        return String(text[first...last])
    }
}
