import Catalog
import Foundation

/// Holds values against the JSON Schemas of the OpenAPI document: the keywords that the document uses, and no others, so that one that is
/// not understood is a fault and not a pass.
struct SchemaValidator {
    let document: JSONValue

    /// What is wrong with a value, by place; empty when it is as documented.
    func faults(of value: JSONValue, against schema: JSONValue, at place: String = "$") -> [String] {
        var faults: [String] = []
        for keyword in schema.members ?? [] {
            switch keyword.key {
            case "$ref":
                guard let target = resolve(keyword.value.string ?? "") else { return ["\(place): \(keyword.value.text) leads nowhere"] }
                faults += self.faults(of: value, against: target, at: place)
            case "anyOf":
                let choices = (keyword.value.elements ?? []).map { self.faults(of: value, against: $0, at: place) }
                if !choices.contains(where: \.isEmpty) {
                    faults += choices.min { $0.count < $1.count } ?? ["\(place): nothing may be here"]
                }
            case "type":
                let types = keyword.value.elements?.compactMap(\.string) ?? [keyword.value.string ?? ""]
                if !types.contains(where: { Self.is(value, $0) }) {
                    faults.append("\(place): expected \(types.joined(separator: " or ")), found \(value.text.prefix(80))")
                }
            case "enum":
                if value != .null, !(keyword.value.elements ?? []).contains(value) {
                    faults.append("\(place): \(value.text.prefix(80)) is none of \(keyword.value.text)")
                }
            case "const":
                if value != keyword.value { faults.append("\(place): \(value.text.prefix(80)) is not \(keyword.value.text)") }
            case "minItems":
                if let elements = value.elements, elements.count < keyword.value.integer ?? 0 { faults.append("\(place): too few") }
            case "maxItems":
                if let elements = value.elements, elements.count > keyword.value.integer ?? .max { faults.append("\(place): too many") }
            case "minimum":
                if let number = value.integer, number < keyword.value.integer ?? .min { faults.append("\(place): \(number) is too small") }
            case "maximum":
                if let number = value.integer, number > keyword.value.integer ?? .max { faults.append("\(place): \(number) is too large") }
            case "minLength":
                if let text = value.string, text.unicodeScalars.count < keyword.value.integer ?? 0 { faults.append("\(place): too short") }
            case "maxLength":
                if let text = value.string, text.unicodeScalars.count > keyword.value.integer ?? .max {
                    faults.append("\(place): too long")
                }
            case "minProperties":
                if let members = value.members, members.count < keyword.value.integer ?? 0 { faults.append("\(place): too few keys") }
            case "format":
                if let text = value.string, !Self.has(text, format: keyword.value.string ?? "") {
                    faults.append("\(place): \(text) is no \(keyword.value.text)")
                }
            case "pattern":
                if let text = value.string, (try? Regex(keyword.value.string ?? ""))?.firstMatchExists(in: text) != true {
                    faults.append("\(place): \(text) is not as \(keyword.value.text)")
                }
            case "items":
                for (index, element) in (value.elements ?? []).enumerated() {
                    faults += self.faults(of: element, against: keyword.value, at: "\(place)[\(index)]")
                }
            case "properties":
                for member in value.members ?? [] {
                    if let property = keyword.value[member.key] {
                        faults += self.faults(of: member.value, against: property, at: "\(place).\(member.key)")
                    }
                }
            case "required":
                guard let members = value.members else { continue }
                let missing = (keyword.value.elements ?? []).compactMap(\.string).filter { key in !members.contains { $0.key == key } }
                if !missing.isEmpty { faults.append("\(place): lacks \(missing.joined(separator: ", "))") }
            case "additionalProperties":
                let others = (value.members ?? []).filter { schema["properties"]?[$0.key] == nil }
                if keyword.value == false {
                    if !others.isEmpty { faults.append("\(place): has undocumented \(others.map(\.key).joined(separator: ", "))") }
                } else {
                    for member in others { faults += self.faults(of: member.value, against: keyword.value, at: "\(place).\(member.key)") }
                }
            case "propertyNames":
                for member in value.members ?? [] {
                    faults += self.faults(of: .string(member.key), against: keyword.value, at: "\(place).\(member.key)")
                }
            case "description", "examples": break
            default: faults.append("\(place): the tests do not know the keyword \(keyword.key)")
            }
        }
        return faults
    }

    private func resolve(_ reference: String) -> JSONValue? {
        reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
    }

    private static func `is`(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.number, "number"), (.array, "array"), (.object, "object"): true
        case (.number(let digits), "integer"): !digits.contains(where: { ".eE".contains($0) })
        default: false
        }
    }

    private static func has(_ text: String, format: String) -> Bool {
        switch format {
        case "uuid": UUID(uuidString: text) != nil
        case "date-time": text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+\-]\d\d:\d\d)/) != nil
        default: false
        }
    }
}

extension Regex where Output == AnyRegexOutput {
    fileprivate func firstMatchExists(in text: String) -> Bool { (try? firstMatch(in: text)) != nil }
}
