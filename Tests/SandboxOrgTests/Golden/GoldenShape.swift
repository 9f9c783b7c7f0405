@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxOrg

/// What an answer has to look like, as a fixture writes it.
///
/// A text names a type: `string`, `integer`, `number`, `bool`, `id`, `datetime` (REST's form) or `any`, with `?` behind it when null will do; with
/// `=` before it, the text itself is meant. An object has exactly these keys, or any keys with `*`. A list with one element says how all are,
/// and there must be one; a longer list says how each is. Everything else means itself.
struct GoldenShape {
    let shape: JSON

    /// What is wrong with the answer, each with its place.
    func differences(_ value: JSON, at place: String = "$") -> [String] {
        switch shape {
        case .string(let name): return differences(value, name: name, at: place)
        case .object(let members): return differences(value, members, at: place)
        case .array(let list): return differences(value, list, at: place)
        default: return value == shape ? [] : ["\(place): expected \(shape), got \(value)"]
        }
    }

    private func differences(_ value: JSON, name: String, at place: String) -> [String] {
        if name.hasPrefix("=") { return value == .string(String(name.dropFirst())) ? [] : ["\(place): expected \(name), got \(value)"] }
        if name.hasSuffix("?"), value == .null { return [] }
        let type = name.hasSuffix("?") ? String(name.dropLast()) : name
        return Self.fits(value, type) ? [] : ["\(place): expected \(name), got \(value)"]
    }

    private static func fits(_ value: JSON, _ type: String) -> Bool {
        switch (value, type) {
        case (_, "any"), (.string, "string"), (.bool, "bool"), (.number, "number"): true
        case (.number(_, let text), "integer"): !text.contains { ".eE".contains($0) }
        case (.string(let text), "id"): text.utf8.count == 18 && RecordIDText.parse(text) != nil
        case (.string(let text), "datetime"): text.utf8.count == 28 && text.hasSuffix(".000+0000") && TimeParser.datetime(text) != nil
        default: false
        }
    }

    private func differences(_ value: JSON, _ members: [JSON.Member], at place: String) -> [String] {
        guard let found = value.members else { return ["\(place): expected an object, got \(value)"] }
        if let each = members.first, each.key == "*" {
            return found.flatMap { GoldenShape(shape: each.value).differences($0.value, at: "\(place).\($0.key)") }
        }
        var differences: [String] = []
        for member in members {
            guard let value = value[member.key] else {
                differences.append("\(place).\(member.key): missing")
                continue
            }
            differences += GoldenShape(shape: member.value).differences(value, at: "\(place).\(member.key)")
        }
        let known = Set(members.map(\.key))
        differences += found.filter { !known.contains($0.key) }.map { "\(place).\($0.key): not expected" }
        if Set(found.map(\.key)).count < found.count { differences.append("\(place): a key is there twice") }
        return differences
    }

    private func differences(_ value: JSON, _ list: [JSON], at place: String) -> [String] {
        guard let found = value.array else { return ["\(place): expected a list, got \(value)"] }
        if list.count == 1, !found.isEmpty {
            return found.enumerated().flatMap { GoldenShape(shape: list[0]).differences($1, at: "\(place)[\($0)]") }
        }
        guard list.count == found.count else { return ["\(place): expected \(list.count) elements, got \(found.count)"] }
        return zip(list, found).enumerated().flatMap { GoldenShape(shape: $1.0).differences($1.1, at: "\(place)[\($0)]") }
    }
}
