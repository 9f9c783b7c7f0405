import Catalog
import HTTPTypes
import WebServer

extension JobRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/api/v3/connections/:connection/jobs",
            "Lists a connection's jobs: those that run or wait, then those that ended, the latest first.",
            query: [
                .init("state", .oneOf("available", "running", "completed", "cancelled", "failed"), "Only jobs of this state."),
                .init("mapping", .uuid, "Only this mapping's."), .init("limit", .integer(1...1000), "At most so many; 100 unless told."),
            ],
            answers: [.json(.ok, .list(of: JobDocument.schema))]),
        RouteDocumentation(.get, "/api/v3/jobs/:job", "Shows a job.", answers: [.json(.ok, JobDocument.schema)]),
    ]
}

extension JobDocument {
    /// What `value` makes.
    static let schema = JSONSchema.object([
        "id": .integer, "kind": .string, "state": .oneOf("available", "running", "completed", "cancelled", "failed"),
        "connection": JSONSchema.object(["id": .uuid]).nullable,
        "mapping": JSONSchema.object(["id": .uuid, "object_name": .string.nullable]).nullable, "priority": .integer, "attempt": .integer,
        "worker": .string.nullable, "run_at": .time, "created_at": .time, "started_at": .time.nullable, "finished_at": .time.nullable,
        "progress": .anything, "outcome": .string.nullable, "last_error": .string.nullable, "detail_url": .string,
    ]).named("Job")
}
