import Foundation
import HTTPTypes
import SandboxBytes
package import SandboxHTTP

/// Files that come beside the record they belong to, in a body of several parts, as
/// developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_sobject_insert_update_blob.htm has them.
///
/// A single record's part is named `entity_…`, and a file's part bears the name of its field. The part of a collection is named `collection`; its
/// records name their files' parts in `binaryPartName`, and the fields in `binaryPartNameAlias`.
package enum MultipartRecords {
    /// The request as it would be with the files inside its JSON, in base64; the request itself when it has no parts.
    package static func joined(_ call: APICall) throws(OrgError) -> APICall {
        guard let parts = try MultipartForm.parts(of: call.call) else { return call }
        let isCollection = call.word(0) == "composite"
        let named = isCollection ? parts.first { $0.key == "collection" } : parts.first { $0.key.hasPrefix("entity_") }
        guard let entity = named ?? parts.first(where: { $0.value.first == UInt8(ascii: "{") }) else {
            throw bad("No part has the record's fields: expected \(isCollection ? "collection" : "entity_document")")
        }
        let json: JSON
        do { json = try JSONParser.parse(entity.value) } catch { throw OrgError(error) }
        guard var members = json.members else { throw bad("The part \(entity.key) must be a JSON object") }
        if isCollection {
            var records: [JSON] = []
            for record in json["records"]?.array ?? [] { records.append(try withFile(record, parts)) }
            members = members.map { $0.key == "records" ? JSON.Member(key: "records", value: .array(records)) : $0 }
        } else {
            for (name, bytes) in parts.sorted(by: { $0.key < $1.key }) where name != entity.key { members.append(file(name, bytes)) }
        }
        return call.with(body: .object(members))
    }

    private static func withFile(_ record: JSON, _ parts: [String: [UInt8]]) throws(OrgError) -> JSON {
        guard let members = record.members, let name = record["attributes"]?["binaryPartName"]?.string else { return record }
        guard let field = record["attributes"]?["binaryPartNameAlias"]?.string, let bytes = parts[name] else {
            throw bad("binaryPartName: there is no part \(name), or binaryPartNameAlias is missing")
        }
        return .object(members + [file(field, bytes)])
    }

    private static func file(_ field: String, _ bytes: [UInt8]) -> JSON.Member {
        JSON.Member(key: field, value: .string(Data(bytes).base64EncodedString()))
    }

    private static func bad(_ message: String) -> OrgError { OrgError(.badRequest, "INVALID_MULTIPART_REQUEST", message) }
}
