import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import Postgres
import WebServer

/// `/api/v3/mappings/:mapping/actions/verify` and `…/verification`: a whole mapping compared with its object, and what was found.
struct VerifyRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/mappings/:mapping/actions/verify", [.post(.operator, verify)])
        table.add("/api/v3/mappings/:mapping/verification", [.get(.viewer, report)])
    }

    private func verify(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let body = try await request.jsonObject() ?? [:]
        var repairs = false
        if let value = body["repair"], value != .null {
            guard let wanted = value.boolean else { throw APIError.badRequest("repair: expected true or false, found \(value.kind)") }
            repairs = wanted
        }
        let isRepairing = repairs
        let job = try await services.pool.transaction {
            try CatalogStore.beginVerification(of: mapping, connection, repairs: isRepairing, requestedBy: user.email, in: $0)
        }
        return .accepted(job: job)
    }

    private func report(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, _) = try await services.mapping(parameters, user)
        guard let verification = try await services.catalog.verification(of: mapping.id) else {
            throw APIError.notFound("\(mapping.objectName) was never verified")
        }
        return .json([
            "job": ["id": .integer(verification.jobID), "detail_url": .string("/api/v3/jobs/\(verification.jobID)")],
            "requested_by": .string(verification.requestedBy), "repair": .bool(verification.repairs),
            "started_at": .string(Timestamp.iso(verification.startedAt)), "finished_at": .optional(Timestamp.iso(verification.finishedAt)),
            "report": verification.report,
        ])
    }
}

extension VerifyRoutes {
    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/mappings/:mapping/actions/verify", "Compares a whole mapping with its object, and with `repair` mends it.",
            body: .optionalJSON(.object(["repair": .boolean.nullable], optional: ["repair"], open: true)),
            answers: [.job, .error(.conflict, "It is not loaded, or nothing is read now.")]),
        RouteDocumentation(
            .get, "/api/v3/mappings/:mapping/verification", "Tells what the last comparison found, so far while it goes on.",
            answers: [
                .json(
                    .ok,
                    .object([
                        "job": .object(["id": .integer, "detail_url": .string]), "requested_by": .string, "repair": .boolean,
                        "started_at": .time,
                        "finished_at": .time.nullable,
                        "report": .object(
                            [
                                "compared": .integer, "missing": .integer, "extra": .integer, "different": .integer, "unsettled": .integer,
                                "behind": .integer, "repaired": .integer, "calls": .integer, "examples": .array(of: .string),
                            ],
                            optional: [
                                "compared", "missing", "extra", "different", "unsettled", "behind", "repaired", "calls", "examples",
                            ]),
                    ]))
            ]),
    ]
}
