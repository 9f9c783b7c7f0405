import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import JobQueue
import WebServer

/// `validations`: whether a connection or a mapping is in order. A worker asks the org and answers; a connection's answer is fetched from the address
/// that the question gave, a mapping's is waited for.
struct ValidationRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/connections/:connection/validations", [.post(.viewer, ask)])
        table.add("/api/v3/connections/:connection/validations/:validation", [.get(.viewer, answer)])
        table.add("/api/v3/mappings/:mapping/validations", [.get(.viewer, mapping)])
        table.add("/api/v3/connections/:connection/mapping-validations", [.post(.admin, draft).reading])
    }

    private func ask(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let inquiry = try await services.catalog.ask(.validation, of: connection.id, by: user.email) {
            try .diagnose(connection.id, mapping: nil, inquiry: $0)
        }
        let path = "/api/v3/connections/\(connection.id.uuidString.lowercased())/validations/\(inquiry.id.uuidString.lowercased())"
        return .json(["result_url": .string(services.baseURL(request) + path)], status: .accepted)
    }

    /// 202 with an empty body while there is no answer: clients ask every half second until they get 200.
    private func answer(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let text = parameters.get("validation") ?? ""
        guard let id = UUID(uuidString: text), let inquiry = try await services.catalog.inquiry(id), inquiry.kind == .validation,
            inquiry.connectionID == connection.id
        else { throw APIError.notFound("there is no validation \(text)") }
        if let answer = inquiry.answer { return .json(try JSONValue(parsing: answer)) }
        guard let job = inquiry.jobID else { return Response(status: .accepted) }
        let found = try await services.queue.job(job)
        if let found, !found.hasEnded {
            let isIgnored = found.startedAt == nil && services.configuration.now().timeIntervalSince(found.createdAt) > Self.patience
            return isIgnored ? .json(Self.ignored.document) : Response(status: .accepted)
        }
        // It may have ended between the two looks.
        if let answer = try await services.catalog.inquiry(id)?.answer { return .json(try JSONValue(parsing: answer)) }
        return .json(Self.brokenOff(found).document)
    }

    private func mapping(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let (mapping, connection) = try await services.mapping(parameters, user)
        let inquiry = try await services.catalog.ask(.validation, of: connection.id, mapping: mapping.id, by: user.email) {
            try .diagnose(connection.id, mapping: mapping.id, inquiry: $0)
        }
        return .json(try await services.answer(to: inquiry, about: "\(mapping.objectName) could not be looked at"))
    }

    /// Diagnoses a mapping as it would be made or changed, and makes nothing.
    private func draft(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await services.connection(parameters, user)
        let submission = try MappingSubmission(try await request.jsonObject() ?? [:])
        guard let name = submission.objectName else {
            throw APIError.badRequest("object_name: expected the name of a Salesforce object, found nothing", code: "badconfig")
        }
        let draft = MappingDraft(objectName: name, config: try submission.configuration())
        let inquiry = try await services.catalog.ask(.validation, of: connection.id, by: user.email) {
            try .diagnose(connection.id, draft: draft, inquiry: $0)
        }
        return .json(try await services.answer(to: inquiry, about: "\(name) could not be looked at"))
    }

    /// Seconds that a diagnosis waits for a worker before that is the finding. One that comes later still answers.
    private static let patience = 30.0

    private static let ignored = Diagnosis(
        objects: [],
        findings: [
            Finding(
                "DIAGNOSIS_MUST_BEGIN", "Diagnosis", .error,
                "No worker has taken the diagnosis within \(Int(patience)) seconds: start one, or see sluice.unserved_connections for why none serves this connection. Then ask again."
            )
        ])

    /// A diagnosis that never came to an end is no good news.
    private static func brokenOff(_ job: ListedJob?) -> Diagnosis {
        let reason = job?.lastError ?? job?.outcome ?? "its job is gone"
        return Diagnosis(
            objects: [], findings: [Finding("DIAGNOSIS_MUST_END", "Diagnosis", .error, "The diagnosis broke off: \(reason). Ask again.")])
    }
}
