import Foundation

/// The schema as a file writes it, such as `config/sandbox-org.json`. System fields (Id, IsDeleted, CreatedDate, CreatedById, LastModifiedDate,
/// LastModifiedById, SystemModstamp) are not listed there: every object has them.
struct SchemaDocument: Codable, Sendable {
    var objects: [ObjectDocument]
}

/// One object of the schema file.
struct ObjectDocument: Codable, Sendable {
    var name: String
    var label: String?
    var labelPlural: String?
    var keyPrefix: String
    /// Rows generated when the command line says nothing.
    var rows: Int?
    var fields: [FieldDocument]
    var validationRules: [ValidationRule]?
    var triggers: [TriggerDocument]?
    var duplicateRules: [DuplicateRuleDocument]?
    /// What the user of the API may do with the object's records; everything when absent.
    var createable: Bool?
    var updateable: Bool?
    var deletable: Bool?
    /// What describe calls its Id, where that is not the object's own name.
    var idLabel: String?
    /// System fields that the object has not: an Organization is never deleted, so it has no IsDeleted.
    var without: [String]?
    /// The field that CreatedDate and its like come behind; the last one when absent.
    var systemFieldsAfter: String?
    /// Where the object differs from others in describe and in what can be done with it.
    var describe: ObjectFlags?
    /// Names of the scopes that queries can use; all and one's own when absent.
    var scopes: [String]?
    /// The resources that describe names; those of an object with layouts and list views when absent.
    var urls: [String]?
}

/// One field of the schema file; what is absent has the default that its type has in Salesforce.
struct FieldDocument: Codable, Sendable {
    var name: String
    var label: String?
    var type: FieldType
    var length: Int?
    var precision: Int?
    var scale: Int?
    var nillable: Bool?
    var unique: Bool?
    var externalId: Bool?
    var createable: Bool?
    var updateable: Bool?
    var defaultValue: String?
    var defaultedOnCreate: Bool?
    var nameField: Bool?
    var compoundFieldName: String?
    var extraTypeInfo: String?
    var htmlFormatted: Bool?
    var referenceTo: [String]?
    var relationshipName: String?
    var childRelationshipName: String?
    var picklistValues: [String]?
    var restrictedPicklist: Bool?
    var inlineHelpText: String?
    /// Makes the field a formula: calculated, never written.
    var formula: FormulaDocument?
    /// Makes the field a roll-up summary: it follows the records below, and is never written by clients.
    var rollUp: RollUpDocument?
    /// Makes the field follow the records below while there are any: until then clients write it, as they do Opportunity.Amount.
    var sumOfDetails: RollUpDocument?
    /// A formula that gives the field its value whenever a write says nothing of it but of what it is made of.
    var follows: String?
    /// Of a reference.
    var whenParentIsDeleted: ParentDeletion?
    /// Makes a reference a master-detail: required, deleted with its master, and without an owner of its own.
    var masterDetail: Bool?
    /// Lets a detail change its master.
    var reparentable: Bool?
    /// Of a unique field.
    var caseSensitive: Bool?
    var access: FieldAccess?
    /// Makes the field an auto-number with this prefix and eight digits.
    var autoNumber: String?
    var generate: GenerateDocument?
    /// Whether the records that name a deleted one are deleted with it, or forbid the delete.
    var cascadeDelete: Bool?
    var restrictedDelete: Bool?
    /// Where the field differs in describe from others of its type.
    var describe: FieldFlags?
}

/// The schema file cannot be used; the message names the field and what was expected.
public struct SchemaError: Error, CustomStringConvertible, Sendable {
    /// One line for a person.
    public let description: String
}

extension SchemaDocument {
    /// The schema that is built into the program.
    static func builtIn() throws(SchemaError) -> SchemaDocument { try BuiltInSchema.document() }

    static func load(path: String) throws(SchemaError) -> SchemaDocument {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SchemaError(description: "\(path): cannot be read")
        }
        return try decode(data, source: path)
    }

    static func decode(_ data: Data, source: String) throws(SchemaError) -> SchemaDocument {
        try decode(SchemaDocument.self, try SchemaExtension.resolve(data, source: source), source: source)
    }

    static func decode<Document: Decodable>(_ type: Document.Type, _ data: Data, source: String) throws(SchemaError) -> Document {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw SchemaError(description: "\(source): \(explain(error, in: data))")
        } catch {
            throw SchemaError(description: "\(source): not a JSON document")
        }
    }

    private static func explain(_ error: DecodingError, in data: Data) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(place(context, in: data, and: key)): missing, but required"
        case .typeMismatch(let type, let context): "\(place(context, in: data)): expected \(type)"
        case .valueNotFound(let type, let context): "\(place(context, in: data)): null, but expected \(type)"
        case .dataCorrupted(let context):
            context.codingPath.isEmpty
                ? "not a JSON document" : "\(place(context, in: data)): \(context.debugDescription)"
        @unknown default: "not a schema document"
        }
    }

    /// `objects[0].fields[3].type (Account.Phone)`: the path, and the names along it where they can be read.
    private static func place(_ context: DecodingError.Context, in data: Data, and last: (any CodingKey)? = nil) -> String {
        var text = ""
        var names: [String] = []
        var node = try? JSONSerialization.jsonObject(with: data)
        for key in context.codingPath {
            if let index = key.intValue {
                text += "[\(index)]"
                if let list = node as? [Any], index < list.count { node = list[index] } else { node = nil }
                if let name = (node as? [String: Any])?["name"] as? String { names.append(name) }
            } else {
                text += (text.isEmpty ? "" : ".") + key.stringValue
                node = (node as? [String: Any])?[key.stringValue]
            }
        }
        if let last { text += (text.isEmpty ? "" : ".") + last.stringValue }
        return names.isEmpty ? text : "\(text) (\(names.joined(separator: ".")))"
    }
}
