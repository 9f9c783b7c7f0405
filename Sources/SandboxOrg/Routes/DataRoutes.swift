import HTTPTypes
import SandboxBulk
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxLogin
import SandboxQuery
import SandboxREST
import SandboxStore
import SandboxStreaming

/// Everything below `/services/data`: authentication, version, quota, and then the resource.
struct DataRoutes: Sendable {
    let org: Org
    let sessions: Sessions
    let usage: Usage
    let describes: DescribeRoutes
    let queries: QueryRoutes
    let bulk: BulkQueryRoutes
    let ingest: BulkIngestRoutes
    let records: RecordRoutes
    let collections: CollectionRoutes
    let related: RelatedRoutes
    let layouts: LayoutRoutes
    let trees: TreeRoutes
    let searches: SearchRoutes
    let replication: ReplicationRoutes
    let limits: LimitRoutes
    let chatter: ChatterRoutes
    let identityURL: @Sendable () -> String

    func respond(_ call: Call) async -> Reply {
        guard call.segments.count > 2 else {
            usage.note("versions")
            return call.method == .get
                ? APIVersions.list(from: records.faults.settings.oldestVersion) : OrgError.wrongMethod(call.method, allowed: "GET").reply
        }
        var reply: Reply
        do {
            reply = try await authenticated(call)
        } catch {
            reply = error.reply
        }
        reply.headers[.limitInfo] = usage.limitInfo
        return reply
    }

    private func authenticated(_ call: Call) async throws(OrgError) -> Reply {
        guard let version = APIVersions.parse(call.segments[2]) else { throw .notFound }
        guard version <= APIVersions.range.upperBound else { throw .notFound }
        guard version >= max(APIVersions.range.lowerBound, records.faults.settings.oldestVersion) else { throw .retiredVersion }
        if call.header("Authorization")?.lowercased().hasPrefix("basic ") ?? false { throw .basicAuthorization }
        guard let token = OAuthRoutes.bearer(call), sessions.use(token) else { throw .expiredSession }
        let call = APICall(call: call, version: version, user: 0)
        guard usage.spend(Self.kind(call)) else { throw .overQuota }
        if Self.takesFiles(call) { return try await route(try MultipartRecords.joined(call)) }
        try Self.requireJSON(call)
        return try await route(call)
    }

    /// Records, alone or in a collection, may come with files beside them.
    private static func takesFiles(_ call: APICall) -> Bool {
        guard [.post, .patch].contains(call.method), MultipartForm.isSent(by: call.call) else { return false }
        return call.word(0) == "sobjects" && call.count > 1 || call.word(0) == "composite" && call.word(1) == "sobjects"
    }

    /// Bodies are JSON everywhere but in the uploads of bulk jobs, which look at their types themselves.
    private static func requireJSON(_ call: APICall) throws(OrgError) {
        guard [.post, .patch, .put].contains(call.method), !call.call.body.isEmpty, call.word(0) != "jobs" || call.word(1) != "ingest",
            let type = call.call.headers[.contentType]?.lowercased(), !type.hasPrefix("application/json")
        else { return }
        throw OrgError(
            HTTPResponse.Status(code: 415), "UNSUPPORTED_MEDIA_TYPE", "The content type \(type) is not supported: expected application/json"
        )
    }

    /// The name a request is counted under.
    static func kind(_ call: APICall) -> String {
        switch call.word(0) {
        case "sobjects":
            if call.word(2) == "describe" || call.count == 1 { return "describe" }
            if call.word(2) == "updated" || call.word(2) == "deleted" { return "replication" }
            return "record"
        case "query", "queryall": return call.count > 1 ? "queryMore" : "query"
        case "jobs":
            if call.word(1) == "ingest" { return BulkIngestRoutes.kind(call) }
            if call.word(3) == "results" { return "bulkResults" }
            return call.word(3) == "resultpages" ? "bulkResultPages" : call.method == .post ? "bulkCreate" : "bulkStatus"
        case "composite" where call.word(1) != "sobjects":
            return ["batch": "compositeBatch", "graph": "compositeGraph", "tree": "compositeTree"][call.word(1)] ?? "composite"
        case "composite": return call.method == .get ? "collectionsRead" : "collections"
        case "limits": return "limits"
        default: return "other"
        }
    }

    func route(_ call: APICall) async throws(OrgError) -> Reply {
        if let reply = try EventSchemaRoutes(org: org).respond(call) { return reply }
        switch call.word(0) {
        case "":
            try requireGet(call)
            return APIVersions.resources(base: call.base, identity: identityURL())
        case "sobjects": return try await sobjects(call)
        case "query": return try await queries.respond(call, includesDeleted: false)
        case "queryall": return try await queries.respond(call, includesDeleted: true)
        case "jobs" where call.word(1) == "query": return try await bulk.respond(call)
        case "jobs" where call.word(1) == "ingest": return try await ingest.respond(call)
        case "composite" where call.word(1) == "sobjects": return try await collections.respond(call)
        case "composite" where call.count == 1: return try await composite(call)
        case "composite" where call.count == 2 && call.word(1) == "batch": return try await batch(call)
        case "composite" where call.count == 2 && call.word(1) == "graph": return try await graph(call)
        case "composite" where call.count == 3 && call.word(1) == "tree": return try await trees.respond(call)
        case "limits" where call.count == 1:
            try requireGet(call)
            return limits.limits(version: call.version)
        case "limits" where call.word(1) == "recordcount":
            try requireGet(call)
            return limits.recordCount(call)
        case "search", "parameterizedsearch":
            guard call.method == .get || call.method == .post && call.word(0) != "search" else {
                throw .wrongMethod(call.method, allowed: call.word(0) == "search" ? "GET,HEAD" : "GET,HEAD,POST")
            }
            return try await searches.respond(call)
        case "tabs" where call.count == 1:
            try requireGet(call)
            return layouts.tabs(call)
        case "chatter":
            try requireGet(call)
            return try chatter.respond(call)
        case "recent" where call.count == 1:
            try requireGet(call)
            return try recent(call)
        default: throw .notFound
        }
    }

    /// `/recent?limit=`
    private func recent(_ call: APICall) throws(OrgError) -> Reply {
        var limit = RecentRecords.capacity
        if let text = call.call.query["limit"] {
            guard let number = Int(text), (1...2000).contains(number) else {
                throw OrgError(.badRequest, "INVALID_QUERY_PARAM", "limit: expected a whole number from 1 to 2000")
            }
            limit = number
        }
        var json = JSONWriter(capacity: 4096)
        json.array { json in records.recent.write(org, object: nil, limit: limit, base: call.base, to: &json) }
        return .json(json)
    }

    private func requireGet(_ call: APICall) throws(OrgError) {
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET,HEAD") }
    }

    private func sobjects(_ call: APICall) async throws(OrgError) -> Reply {
        if call.count == 1 {
            try requireGet(call)
            return describes.notModified(call) ?? describes.stamped(describes.global(call))
        }
        guard let object = org.schema.object(call.segment(1)) else { throw .notFound }
        if call.method == .get, let reply = layouts.respond(object, call) { return reply }
        if call.count == 4, let reply = try BlobRoutes(org: org).respond(object, call) { return reply }
        if call.count > 3, let reply = try await related.respond(object, call) { return reply }
        switch (call.count, call.word(2)) {
        case (2, _):
            switch call.method {
            case .get: return describes.basic(object, call, recent: records.recent)
            case .post: return try await records.create(object, call)
            default: throw .wrongMethod(call.method, allowed: "GET,HEAD,POST")
            }
        case (3, "describe"):
            try requireGet(call)
            return describes.notModified(call, object) ?? describes.stamped(describes.full(object, call), object)
        case (3, "updated"):
            try requireGet(call)
            return try await replication.updated(object, call)
        case (3, "deleted"):
            try requireGet(call)
            return try await replication.deleted(object, call)
        case (3, _): return try await records.record(object, call)
        case (4, _): return try await records.byKey(object, call)
        default: throw .notFound
        }
    }
}
