package import Foundation
import SandboxBytes

/// The schema as a file writes it, such as `config/sandbox-org.json`. System fields (Id, IsDeleted, CreatedDate, CreatedById, LastModifiedDate,
/// LastModifiedById, SystemModstamp) are not listed there: every object has them.
package struct SchemaDocument: Codable, Sendable {
    package var objects: [ObjectDocument]

    package init(objects: [ObjectDocument]) {
        self.objects = objects
    }
}

/// One object of the schema file.
package struct ObjectDocument: Codable, Sendable {
    package var name: String
    package var label: String?
    package var labelPlural: String?
    package var keyPrefix: String
    /// Rows generated when the command line says nothing.
    package var rows: Int?
    package var fields: [FieldDocument]
    var validationRules: [ValidationRule]?
    package var triggers: [TriggerDocument]?
    var duplicateRules: [DuplicateRuleDocument]?
    /// What the user of the API may do with the object's records; everything when absent.
    package var createable: Bool?
    package var updateable: Bool?
    package var deletable: Bool?
    /// What describe calls its Id, where that is not the object's own name.
    var idLabel: String?
    /// System fields that the object has not: an Organization is never deleted, so it has no IsDeleted.
    var without: [String]?
    /// The field that CreatedDate and its like come behind; the last one when absent.
    var systemFieldsAfter: String?
    /// Where the object differs from others in describe and in what can be done with it.
    package var describe: ObjectFlags?
    /// Whether both Bulk APIs take it; true when absent. Those that hold an org's settings are read by REST alone.
    package var bulk: Bool?
    /// Whether `/limits/recordCount` tells of it; true when absent. A real org leaves some out, such as CaseComment, however many records there are.
    package var recordCount: Bool?
    /// Names of the scopes that queries can use; all and one's own when absent.
    package var scopes: [String]?
    /// The resources that describe names; those of an object with layouts and list views when absent.
    package var urls: [String]?
}

/// One field of the schema file; what is absent has the default that its type has in Salesforce.
package struct FieldDocument: Codable, Sendable {
    package var name: String
    package var label: String?
    package var type: FieldType
    package var length: Int?
    package var precision: Int?
    package var scale: Int?
    package var nillable: Bool?
    package var unique: Bool?
    package var externalId: Bool?
    package var createable: Bool?
    package var updateable: Bool?
    package var defaultValue: String?
    package var defaultedOnCreate: Bool?
    package var nameField: Bool?
    package var compoundFieldName: String?
    package var extraTypeInfo: String?
    package var htmlFormatted: Bool?
    package var referenceTo: [String]?
    package var relationshipName: String?
    package var childRelationshipName: String?
    package var picklistValues: [String]?
    package var restrictedPicklist: Bool?
    package var inlineHelpText: String?
    /// Makes the field a formula: calculated, never written.
    package var formula: FormulaDocument?
    /// Makes the field a roll-up summary: it follows the records below, and is never written by clients.
    package var rollUp: RollUpDocument?
    /// Makes the field follow the records below while there are any: until then clients write it, as they do Opportunity.Amount.
    package var sumOfDetails: RollUpDocument?
    /// A formula that gives the field its value whenever a write says nothing of it but of what it is made of.
    var follows: String?
    /// Of a reference.
    var whenParentIsDeleted: ParentDeletion?
    /// Makes a reference a master-detail: required, deleted with its master, and without an owner of its own.
    var masterDetail: Bool?
    /// Lets a detail change its master.
    var reparentable: Bool?
    /// Of a unique field.
    package var caseSensitive: Bool?
    package var access: FieldAccess?
    /// Makes the field an auto-number with this prefix and eight digits.
    package var autoNumber: String?
    var generate: GenerateDocument?
    /// Whether the records that name a deleted one are deleted with it, or forbid the delete.
    package var cascadeDelete: Bool?
    package var restrictedDelete: Bool?
    /// Where the field differs in describe from others of its type.
    package var describe: FieldFlags?
}

extension FieldDocument {
    /// A field of which only name and type matter.
    package init(plain name: String, _ type: FieldType) { self.init(name: name, type: type) }
}

/// The schema file cannot be used; the message names the field and what was expected.
public struct SchemaError: Error, CustomStringConvertible, Sendable {
    /// One line for a person.
    public let description: String

    package init(description: String) {
        self.description = description
    }
}

extension SchemaDocument {
    /// The schema that is built into the program.
    package static func builtIn() throws(SchemaError) -> SchemaDocument { try BuiltInSchema.document() }

    package static func load(path: String) throws(SchemaError) -> SchemaDocument {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SchemaError(description: "\(path): cannot be read")
        }
        return try decode(data, source: path)
    }

    package static func decode(_ data: Data, source: String) throws(SchemaError) -> SchemaDocument {
        try decode(SchemaDocument.self, try SchemaExtension.resolve(data, source: source), source: source)
    }

    package static func decode<Document: Decodable>(_ type: Document.Type, _ data: Data, source: String) throws(SchemaError) -> Document {
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
