import Foundation
import SandboxBytes

extension ObjectSchema {
    private static let withoutEvents: Set<String> = ["organization", "pushtopic", "recordtype", "profile", "streamingchannel", "userrole"]

    /// Whether change data capture can tell of this object.
    package var hasChangeEvents: Bool { !Self.withoutEvents.contains(name.lowercased()) }

    /// `AccountChangeEvent`, `My__ChangeEvent`
    package var changeEventName: String { isCustom ? "\(name.dropLast(3))__ChangeEvent" : "\(name)ChangeEvent" }

    /// The compound field that a field is a part of, and what the part is called inside it: `BillingCity` is `City` of `BillingAddress`.
    package func compound(of field: FieldSchema) -> (name: String, component: String)? {
        guard let name = compoundName(of: field) else { return nil }
        if name == "Name" { return (name, field.name) }
        if field.name.hasSuffix("__s"), let part = field.name.dropLast(3).split(separator: "_").last { return (name, String(part)) }
        let stem = name.hasSuffix("Address") ? String(name.dropLast("Address".count)) : ""
        return (name, field.name.hasPrefix(stem) ? String(field.name.dropFirst(stem.count)) : field.name)
    }

    private func compoundName(of field: FieldSchema) -> String? {
        if let name = field.document.compoundFieldName { return name == field.name ? nil : name }
        if case .formula(.join(let parts)) = self.field("Name")?.role, parts.contains(field.index) { return "Name" }
        return nil
    }

    /// Changes with the object's fields: 22 letters, as real ones have.
    package var changeEventSchemaID: String {
        let text = name + fields.map { ",\($0.name):\($0.type.rawValue)" }.joined()
        return Data(SHA256.hash(Array(text.utf8)).prefix(16)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
