import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/composite/sobjects`: up to 200 records a call, each with a result of its own, in the order they came.
package struct CollectionRoutes: Sendable {
    package let org: Org
    package let faults: BulkFaults

    package init(org: Org, faults: BulkFaults) {
        self.org = org
        self.faults = faults
    }

    private static let limit = 200

    package func respond(_ call: APICall) async throws(OrgError) -> Reply {
        switch (call.count, call.method) {
        case (2, .post): return try await save(call, operation: "insert")
        case (2, .patch): return try await save(call, operation: "update")
        case (2, .delete): return try await delete(call)
        case (2, _): throw .wrongMethod(call.method, allowed: "POST,PATCH,DELETE")
        case (3, .get), (3, .post): return try retrieve(call)
        case (4, .patch): return try await upsert(call)
        default: throw .notFound
        }
    }

    private func bad(_ code: String, _ message: String) -> OrgError { OrgError(.badRequest, code, message) }

    private func records(_ body: JSON) throws(OrgError) -> [[JSON.Member]] {
        guard let list = body["records"]?.array else {
            throw bad("JSON_PARSER_ERROR", "records: a list of records is required")
        }
        guard !list.isEmpty else { throw bad("REQUIRED_FIELD_MISSING", "At least 1 record is required") }
        guard list.count <= Self.limit else {
            throw bad("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than \(Self.limit) records into this call")
        }
        var records: [[JSON.Member]] = []
        for record in list {
            guard let members = record.members else { throw bad("JSON_PARSER_ERROR", "records: each record must be a JSON object") }
            records.append(members)
        }
        return records
    }

    /// The object each record names in its attributes; more than ten runs of one type are refused.
    private func objects(_ records: [[JSON.Member]]) throws(OrgError) -> [ObjectSchema] {
        var objects: [ObjectSchema] = []
        var runs = 0
        for record in records {
            guard let name = record.first(where: { $0.key == "attributes" })?.value["type"]?.string else {
                throw bad("INVALID_INPUT", "records: each record needs attributes with a type")
            }
            guard let object = org.schema.object(name) else {
                throw bad("INVALID_TYPE", "sObject type '\(name)' is not supported.")
            }
            if objects.last !== object { runs += 1 }
            objects.append(object)
        }
        guard runs <= 10 else { throw bad("TOO_MANY_TYPES", "records of different types must come in at most 10 runs") }
        return objects
    }

    private func save(_ call: APICall, operation: String) async throws(OrgError) -> Reply {
        let body = try call.call.jsonObject()
        let records = try records(body)
        let objects = try objects(records)
        let schema = org.schema
        let writes = records.indices.map { index in
            LockedWrite(
                object: objects[index],
                id: operation == "insert"
                    ? nil : records[index].first { $0.key.lowercased() == "id" }?.value.string.flatMap { schema.recordID($0) },
                members: records[index])
        }
        return try await write(call, operation, writes, allOrNone: body["allOrNone"]?.bool ?? false) { writer, index, state in
            if operation == "insert" { return writer.insert(objects[index], records[index], state: &state) }
            guard let text = records[index].first(where: { $0.key.lowercased() == "id" })?.value.string else {
                return .failed(RecordError(code: "MISSING_ARGUMENT", message: "Id not specified in an update call"))
            }
            guard let id = schema.recordID(text), id.object == objects[index].index else {
                return .failed(
                    RecordError(
                        code: "MALFORMED_ID", message: "\(objects[index].label) ID: id value of incorrect type: \(text)", fields: ["Id"]))
            }
            return writer.update(id, records[index], state: &state)
        }
    }

    private func upsert(_ call: APICall) async throws(OrgError) -> Reply {
        guard let object = org.schema.object(call.segment(2)) else { throw .notFound }
        guard let field = object.field(call.segment(3)), field.isLookupKey || field.type == .id else {
            throw OrgError(.notFound, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: \(call.segment(3))")
        }
        let body = try call.call.jsonObject()
        let records = try records(body)
        for named in try objects(records) where named !== object {
            throw bad("INVALID_INPUT", "records: all records of an upsert must be of type \(object.name)")
        }
        let keys = records.map { record in record.first { $0.key.lowercased() == field.name.lowercased() }?.value ?? .null }
        let twice = Self.twice(keys)
        let writes = records.indices.map { LockedWrite(object: object, id: nil, key: (field, keys[$0]), members: records[$0]) }
        return try await write(call, "upsert", writes, allOrNone: body["allOrNone"]?.bool ?? false) { writer, index, state in
            if let key = Self.text(keys[index]), twice.contains(key) {
                return .failed(
                    RecordError(code: "DUPLICATE_VALUE", message: "Duplicate external id specified: \(key)", fields: [field.name]))
            }
            return writer.upsert(object, key: field, value: keys[index], records[index], state: &state)
        }
    }

    private static func text(_ key: JSON) -> String? {
        switch key {
        case .string(let text): text.isEmpty ? nil : text.lowercased()
        case .number(_, let text): text
        default: nil
        }
    }

    /// Keys that more than one record of the call has: none of those can be told apart.
    private static func twice(_ keys: [JSON]) -> Set<String> {
        var seen: Set<String> = []
        return Set(keys.compactMap(text).filter { !seen.insert($0).inserted })
    }

    private func delete(_ call: APICall) async throws(OrgError) -> Reply {
        let texts = (call.call.query["ids"] ?? "").split(separator: ",").map { String($0.filter { !$0.isWhitespace }) }
        guard !texts.isEmpty else { throw bad("MISSING_ARGUMENT", "The ids parameter is required") }
        guard texts.count <= Self.limit else {
            throw bad("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than \(Self.limit) records into this call")
        }
        let ids = texts.map { org.schema.recordID($0) }
        let writes = ids.map { id in LockedWrite(object: id.map { org.schema.objects[$0.object] }, id: id) }
        return try await write(call, "delete", writes, allOrNone: call.call.query["allOrNone"]?.lowercased() == "true") {
            writer, index, state in
            guard let id = ids[index] else {
                return .failed(RecordError(code: "MALFORMED_ID", message: "malformed id \(texts[index])"))
            }
            return writer.delete(id, state: &state)
        }
    }

    /// Runs one record after the other in one write; all or none means that one failure undoes the rest.
    private func write(
        _ call: APICall, _ operation: String, _ writes: [LockedWrite], allOrNone: Bool,
        _ one: @Sendable (RecordWriter, Int, inout OrgState) -> SaveResult
    ) async throws(OrgError) -> Reply {
        let schema = org.schema
        let settings = faults.settings
        if let poison = settings.poison, writes.contains(where: { $0.members.contains { $0.value.contains(poison) } }) {
            throw bad("UNKNOWN_EXCEPTION", "An unexpected error occurred. Please include this ErrorId if you contact support: 1-2 (3)")
        }
        let names = writes.map { $0.object?.name ?? "unknown" }
        let locked = await org.lock(writes, unlucky: faults.locksRow)
        let results = org.write { state, now in
            let writer = RecordWriter(schema: state.schema, user: call.user, now: now)
            let before = allOrNone || settings.refusesWholeCollections ? state : nil
            var results = names.indices.map { index in locked[index].map { .failed($0) } ?? one(writer, index, &state) }
            if let before, settings.refusesWholeCollections, results.contains(where: { $0.error?.mismatch != nil }) {
                state = before
                return results
            }
            if let before, allOrNone, results.contains(where: { !$0.isSuccess }) {
                state = before
                results = results.map(Self.rolledBack)
            }
            Self.count(results, names, operation, in: &state)
            return results
        }
        if settings.refusesWholeCollections, let error = results.lazy.compactMap(\.error).first(where: { $0.mismatch != nil }) {
            throw .unparsed(error, in: call.call.body)
        }
        var json = JSONWriter(capacity: 16_384)
        json.array { json in
            for result in results { result.write(&json, schema: schema) }
        }
        return .json(json)
    }

    private static func rolledBack(_ result: SaveResult) -> SaveResult {
        guard result.isSuccess else { return result }
        return .failed(
            RecordError(
                code: "ALL_OR_NONE_OPERATION_ROLLED_BACK",
                message: "Record rolled back because not all records were valid and the request was using AllOrNone header"))
    }

    private static func count(_ results: [SaveResult], _ names: [String], _ operation: String, in state: inout OrgState) {
        for name in Set(names).sorted() {
            let mine = names.indices.filter { names[$0] == name }
            let failed = mine.count { !results[$0].isSuccess }
            state.writes.add(name, operation, records: mine.count - failed, failed: failed)
        }
    }

    /// GET with `ids` and `fields`, or POST with both in the body; a missing record is null in its place.
    private func retrieve(_ call: APICall) throws(OrgError) -> Reply {
        guard let object = org.schema.object(call.segment(2)) else { throw .notFound }
        let ids: [String]
        let names: [String]
        if call.method == .post {
            let body = try call.call.jsonObject()
            ids = (body["ids"]?.array ?? []).compactMap(\.string)
            names = (body["fields"]?.array ?? []).compactMap(\.string)
        } else {
            ids = (call.call.query["ids"] ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            names = (call.call.query["fields"] ?? "").split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        }
        guard !ids.isEmpty, !names.isEmpty else { throw bad("MISSING_ARGUMENT", "ids and fields are required") }
        guard ids.count <= 2000 else { throw bad("EXCEEDED_MAX_SIZE_REQUEST", "cannot retrieve more than 2000 records in one call") }
        var columns: [BoundField] = []
        for name in names {
            guard let field = object.field(name) else {
                throw bad("INVALID_FIELD", "No such column '\(name)' on sobject of type \(object.name)")
            }
            columns.append(BoundField(parents: [], field: field, name: field.name))
        }
        let shape = RowShape(object: object, columns: columns, schema: org.schema)
        let snapshot = org.snapshot()
        let store = snapshot.stores[object.index]
        var json = JSONWriter(capacity: 16_384)
        json.array { json in
            for text in ids {
                let id = org.schema.recordID(text)
                if let id, id.object == object.index, id.row < store.count, store.state(id.row)?.isLive ?? true {
                    json.raw { shape.write(id.row, in: snapshot, path: "\(call.base)/sobjects/", to: &$0) }
                } else {
                    json.null()
                }
            }
        }
        return .json(json)
    }
}
