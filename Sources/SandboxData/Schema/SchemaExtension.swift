import Foundation

/// A schema file with `"extends": "built-in"` names only what it adds to the built-in objects, or changes in them.
///
/// An object of a known name keeps what the file says nothing about; a field of a known name is replaced as a whole, and others are added.
/// Everything else is a new object.
enum SchemaExtension {
    /// The whole schema, as if the file had written it out.
    static func resolve(_ data: Data, source: String) throws(SchemaError) -> Data {
        guard let file = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any], let base = file["extends"] else { return data }
        guard base as? String == "built-in" else {
            throw SchemaError(description: "\(source): extends: expected \"built-in\"")
        }
        guard let changes = file["objects"] as? [[String: Any]] else { return data }
        do {
            let built = try JSONEncoder().encode(try BuiltInSchema.document())
            var whole = try JSONSerialization.jsonObject(with: built) as? [String: Any] ?? [:]
            var objects = whole["objects"] as? [[String: Any]] ?? []
            for change in changes {
                guard let index = objects.firstIndex(where: { isSame($0, change) }) else {
                    objects.append(change)
                    continue
                }
                objects[index] = merged(objects[index], change)
            }
            whole["objects"] = objects
            return try JSONSerialization.data(withJSONObject: whole)
        } catch {
            throw SchemaError(description: "\(source): \(error)")
        }
    }

    private static func merged(_ object: [String: Any], _ change: [String: Any]) -> [String: Any] {
        var fields = object["fields"] as? [[String: Any]] ?? []
        for field in change["fields"] as? [[String: Any]] ?? [] {
            if let index = fields.firstIndex(where: { isSame($0, field) }) { fields[index] = field } else { fields.append(field) }
        }
        var result = object.merging(change) { $1 }
        result["fields"] = fields
        return result
    }

    private static func isSame(_ one: [String: Any], _ other: [String: Any]) -> Bool {
        guard let name = one["name"] as? String else { return false }
        return name.lowercased() == (other["name"] as? String)?.lowercased()
    }
}
