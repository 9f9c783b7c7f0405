import Catalog
import Foundation
import HTTPTypes
import Hummingbird
import WebServer

/// Taking over a schema, through the API's `actions/adopt`.
extension DashboardRoutes {
    func addAdoption(to table: RouteTable) {
        table.add("/connections/:connection/adopt", [.page(.admin, page(chooseAdoption)), .form(.admin, adopt)])
        table.add("/connections/:connection/adoptions/:adoption", [.page(.admin, page(adoption))])
        table.add("/connections/:connection/confirm/take-back", [.page(.admin, page(confirmTakingBack))])
    }

    static let adoptionPages: [RouteDocumentation] = [
        RouteDocumentation(
            .get, "/connections/:connection/adopt", "Asks for the mappings of a schema that is to be adopted.", answers: [page]),
        edit("/connections/:connection/adopt", "Shows what an adoption would do, or begins it."),
        RouteDocumentation(
            .get, "/connections/:connection/adoptions/:adoption", "What an adoption did.",
            answers: [page, .error(.badGateway, "It broke off.")]),
        RouteDocumentation(.get, "/connections/:connection/confirm/take-back", "Asks before an adoption is taken back.", answers: [page]),
    ]

    /// How long a page waits for a worker's plan, and how often it looks.
    private static let patience = (whole: Duration.seconds(5), pause: Duration.milliseconds(150))

    private func chooseAdoption(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        AdoptPage(user: user, connection: try await catalog.connection(parameters, user)).html
    }

    private func adopt(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        let connection = try await catalog.connection(parameters, user)
        let form = try await request.form()
        var page = AdoptPage(user: user, connection: connection, text: form["export"] ?? "")
        let base = "/api/v3\(ConnectionFrame.path(connection.id))"
        do {
            var inquiry = form["inquiry"]
            if inquiry == nil {
                let export = page.text.isEmpty ? JSONValue.null : try JSONValue(parsing: page.text)
                let asked = try await api.call(
                    .post, "\(base)/actions/adopt", body: ["mode": .string(form["mode"] ?? "plan"), "export": export], for: request,
                    as: user)
                inquiry = asked.body.text("result_url").split(separator: "/").last.map(String.init)
            }
            let id = PageAddress.part(inquiry ?? "")
            guard (form["mode"] ?? "plan") == "plan" else {
                return .redirect(to: "\(ConnectionFrame.path(connection.id))/adoptions/\(id)")
            }
            page.stage = try await plan("\(base)/adoptions/\(id)", request, user).map { .plan($0) } ?? .looking(id)
            return .page(page.html)
        } catch {
            guard let refusal = APIError(error) ?? (error as? JSONSyntaxError).map({ .badRequest("the file is no JSON: \($0)") }) else {
                throw error
            }
            page.fault = refusal.message
            return .page(page.html, status: .unprocessableContent)
        }
    }

    /// A worker's report; nil when it takes longer than a page may.
    private func plan(_ address: String, _ request: Request, _ user: User) async throws -> AdoptionDocument? {
        let end = ContinuousClock.now + Self.patience.whole
        while true {
            let answer = try await api.call(.get, address, for: request, as: user)
            if answer.status == .ok { return AdoptionDocument(document: answer.body, now: Date()) }
            guard ContinuousClock.now < end else { return nil }
            try await Task.sleep(for: Self.patience.pause)
        }
    }

    private func adoption(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        let path = ConnectionFrame.path(connection.id)
        let id = PageAddress.part(parameters.get("adoption") ?? "")
        let answer = try await api.call(.get, "/api/v3\(path)/adoptions/\(id)", for: request, as: user)
        let report = answer.status == .ok ? AdoptionDocument(document: answer.body, now: Date()) : nil
        let back: HTML =
            report?.mode == "adopt" && report?.isSound == true
            ? "<a href=\"\(path)/confirm/take-back\">Take the adoption back</a>"
            : report?.isSound == false ? "<a href=\"\(AdoptPage.path(connection.id))\">Begin again</a>" : ""
        return ConnectionFrame(user: user, connection: connection, tab: .settings, erroredWrites: 0).page(
            title: "Adoption", isLive: report == nil,
            """
            <h2>Adoption of the schema \(connection.schemaName)</h2>
            \(report.map(\.html) ?? "<p role=\"status\">It is being done. This page shows its report when there is one.</p>")
            <div class="actions"><a class="button" href="\(ConnectionFrame.Tab.mappings.path(connection.id))">To the mappings</a>\(back)</div>
            """)
    }

    private func confirmTakingBack(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> HTML {
        let connection = try await catalog.connection(parameters, user)
        return ConfirmationPage(
            user: user, connection: connection, tab: .settings, question: "Take back the adoption of \(connection.schemaName)?",
            consequences: [
                "What the adoption made in the database is dropped, and what it replaced is put back; no row is touched.",
                "The mappings that it made are forgotten, and nothing is read or written for them any more.",
                "The connection has to be paused first, so that nothing moves meanwhile.",
            ],
            action: ActionForm(
                label: "Take back", action: AdoptPage.path(connection.id), target: connection.schemaName, isDangerous: true,
                fields: [("mode", "take_back")]),
            back: ConnectionFrame.Tab.settings.path(connection.id)
        ).html
    }
}
