import Foundation
import HTTPTypes
import SandboxBulk
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/sandbox/schema`: the schema as it is now, and changes to it as an administrator makes them while clients work.
struct OrgSchemaRoutes: Sendable {
    let org: Org
    let jobs: BulkJobs

    /// Nil when the path is another one.
    func respond(_ call: Call) throws(OrgError) -> Reply? {
        guard call.word(1) == "schema" else { return nil }
        switch call.method {
        case .get: return try show(call.query["object"])
        case .post: return try change(try call.json())
        default: throw .wrongMethod(call.method, allowed: "GET,POST")
        }
    }

    private static func bad(_ problem: String) -> OrgError { OrgError(.badRequest, "INVALID_INPUT", problem) }

    /// As a schema file has it, with one object or all of them.
    private func show(_ name: String?) throws(OrgError) -> Reply {
        let schema = org.schema
        var objects = schema.objects.map(\.document)
        if let name {
            guard let object = schema.object(name) else { throw Self.bad("object: expected the name of an object") }
            objects = [object.document]
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(SchemaDocument(objects: objects)) else { throw Self.bad("the schema cannot be written") }
        return .text(String(decoding: data, as: UTF8.self), type: "application/json;charset=UTF-8")
    }

    /// One change, a list of them, or `{"changes": […]}`: all are made, or none.
    private func change(_ body: JSON) throws(OrgError) -> Reply {
        guard let changes = body["changes"]?.array ?? body.array ?? (body.members.map { _ in [body] }), !changes.isEmpty else {
            throw Self.bad("expected a change, or a list of changes")
        }
        let schema: OrgSchema
        do throws(SchemaError) {
            schema = try org.change(changes)
        } catch {
            throw Self.bad(error.description)
        }
        jobs.failRunning(under: schema, now: org.clock())
        var json = JSONWriter()
        json.object { json in json.field("modified", CivilTime.restText(schema.modified)) }
        return .json(json)
    }
}
