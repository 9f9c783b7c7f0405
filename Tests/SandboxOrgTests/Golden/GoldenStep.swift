@testable import SandboxBytes
@testable import SandboxOrg

/// One request of a fixture, and what its answer must be.
///
/// `{name}` in path, body, headers and shape stands for what an earlier step has saved: `"save": {"name": "path.to.it"}`.
struct GoldenStep {
    private let step: JSON

    init(_ step: JSON, known: [String: String]) throws {
        var writer = JSONWriter()
        writer.value(step)
        var text = writer.bytes.string
        for (name, value) in known { text = text.replacing("{\(name)}", with: value) }
        self.step = try JSONParser.parse(Array(text.utf8))
    }

    var name: String { step["name"]?.string ?? "" }
    var method: String { step["method"]?.string ?? "GET" }
    var path: String { step["path"]?.string ?? "" }
    var status: Int { step["status"]?.int ?? 200 }
    /// Nil when the answer has no body.
    var shape: GoldenShape? { step["shape"].map(GoldenShape.init) }
    var requestHeaders: [String: String] { texts("requestHeaders") }
    /// What the answer's headers begin with.
    var headers: [String: String] { texts("headers") }
    var save: [String: String] { texts("save") }

    var body: String? {
        switch step["body"] {
        case nil: return nil
        case .string(let text): return text
        case .some(let json):
            var writer = JSONWriter()
            writer.value(json)
            return writer.bytes.string
        }
    }

    private func texts(_ name: String) -> [String: String] {
        Dictionary((step[name]?.members ?? []).compactMap { member in member.value.string.map { (member.key, $0) } }) { $1 }
    }

    /// The text at `records.0.Id`.
    static func text(at path: String, in json: JSON) -> String? {
        var place: JSON? = json
        for part in path.split(separator: ".") {
            place = Int(part).flatMap { index in place?.array.flatMap { index < $0.count ? $0[index] : nil } } ?? place?[String(part)]
        }
        return place?.string
    }
}
