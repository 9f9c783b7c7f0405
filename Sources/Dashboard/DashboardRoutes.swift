import CDashboardAssets
package import Catalog
import Foundation
import Hummingbird
import JobQueue
package import Logging
import NIOCore
package import WebServer

/// The pages for people and the forms that act. `DashboardRoutes+Pages` gathers what each page shows.
package struct DashboardRoutes: RouteGroup {
    let catalog: CatalogStore
    let api: InnerAPI
    let feed: LiveFeed<ChangeSource>
    /// Whether the page that shows every component is served, which is for who builds pages.
    let hasStyleguide: Bool

    var queue: JobQueue { JobQueue(pool: catalog.pool) }

    /// Pages over the control database.
    ///
    /// - Parameter api: what the pages act through.
    package init(catalog: CatalogStore, api: InnerAPI, hasStyleguide: Bool = false, logger: Logger) {
        self.catalog = catalog
        self.api = api
        self.hasStyleguide = hasStyleguide
        feed = LiveFeed(catalog: catalog, pace: ChangeSource.pace, logger: logger) { ChangeSource(catalog: catalog) }
    }

    package func close() async { await feed.close() }

    package func add(to table: RouteTable) {
        table.add("/", [.page(.signedIn, page(connections))])
        table.add("/connections/:connection", [.page(.viewer, page(overview))])
        table.add("/connections/:connection/mappings", [.page(.viewer, page(mappings))])
        table.add("/connections/:connection/logs", [.page(.viewer, page(logs))])
        table.add("/connections/:connection/jobs", [.page(.viewer, page(jobs))])
        table.add("/connections/:connection/jobs/:job", [.page(.viewer, page(job))])
        for action in ["retry", "cancel"] {
            table.add(
                "/connections/:connection/jobs/:job/\(action)",
                [
                    .form(.operator) { [catalog, api] request, parameters, user in
                        let connection = try await catalog.connection(parameters, user)
                        let job = PageAddress.part(parameters.get("job") ?? "")
                        _ = try await api.call(.post, "/api/v3/jobs/\(job)/actions/\(action)", for: request, as: user)
                        return .redirect(to: "\(ConnectionFrame.Tab.jobs.path(connection.id))/\(job)")
                    }
                ])
        }
        table.add("/mappings/:mapping", [.page(.viewer, page(mapping))])
        table.add("/mappings/:mapping/confirm/reload", [.page(.operator, page(confirmReload))])
        table.add("/mappings/:mapping/confirm/delete", [.page(.admin, page(confirmDelete))])
        if hasStyleguide { table.add("/styleguide", [.page(.signedIn, page(styleguide))]) }
        addForms(to: table)
        addEditing(to: table)
        addExplorer(to: table)
        addLive(to: table)
        addSetup(to: table)
        addAdoption(to: table)
        addOutlets(to: table)
        addSettings(to: table)
        addAccount(to: table)
        table.add("/assets/dashboard.css", [.open(.get, asset(dashboard_css(), type: "text/css; charset=utf-8"))])
        table.add("/assets/dashboard.js", [.open(.get, asset(dashboard_js(), type: "text/javascript; charset=utf-8"))])
    }

    private func addForms(to table: RouteTable) {
        for action in ["pause", "resume", "restart"] {
            form(table, .operator, "/connections/:connection/actions/\(action)", leadsTo: .settings)
        }
        for action in ["poll", "reload", "abort"] {
            form(table, .operator, "/mappings/:mapping/actions/\(action)", leadsTo: .mappings)
        }
        table.add(
            "/mappings/:mapping/actions/verify",
            [
                .form(.operator) { [catalog, api] request, parameters, user in
                    let (mapping, _) = try await catalog.mapping(parameters, user)
                    _ = try await api.call(.post, "/api/v3\(MappingPage.path(mapping.id))/actions/verify", for: request, as: user)
                    return .redirect(to: MappingPage.path(mapping.id))
                }
            ])
        table.add(
            "/mappings/:mapping/actions/delete",
            [
                .form(.admin) { [catalog, api] request, parameters, user in
                    let (mapping, connection) = try await catalog.mapping(parameters, user)
                    _ = try await api.call(.delete, "/api/v3\(MappingPage.path(mapping.id))", for: request, as: user)
                    return .redirect(to: ConnectionFrame.Tab.mappings.path(connection.id))
                }
            ])
        table.add(
            "/connections/:connection/notifications/:notification/dismiss",
            [
                .form(.operator) { [catalog, api] request, parameters, user in
                    let path = ConnectionFrame.path(try await catalog.connection(parameters, user).id)
                    let id = PageAddress.part(parameters.get("notification") ?? "")
                    _ = try await api.call(.post, "/api/v3\(path)/notifications/acknowledge?id=\(id)", for: request, as: user)
                    return .redirect(to: path)
                }
            ])
    }

    /// A button whose path is that of the API's own route.
    private func form(_ table: RouteTable, _ gate: RouteGate, _ path: String, leadsTo tab: ConnectionFrame.Tab) {
        table.add(
            path,
            [
                .form(gate) { [catalog, api] request, parameters, user in
                    let connection =
                        parameters.get("mapping") == nil
                        ? try await catalog.connection(parameters, user) : try await catalog.mapping(parameters, user).1
                    _ = try await api.call(.post, "/api/v3\(request.uri.path)", for: request, as: user)
                    return .redirect(to: tab.path(connection.id))
                }
            ])
    }

    func page(_ make: @escaping @Sendable (Request, Parameters, User) async throws -> HTML) -> Route.Handler {
        { request, parameters, user in try await .page(make(request, parameters, user)) }
    }

    private func asset(_ file: UnsafePointer<CChar>, type: String) -> RouteTable.Handler {
        let text = ByteBuffer(string: String(cString: file))
        return { _, _ in
            Response(
                status: .ok, headers: [.contentType: type, .cacheControl: "public, max-age=300", .xContentTypeOptions: "nosniff"],
                body: ResponseBody(byteBuffer: text))
        }
    }
}
