import Catalog
import Hummingbird
import WebServer

/// Heroku Connect's External Objects, which Sluice does not serve: every connection's `odata` is null, and whoever asks for a service all the same is
/// told so in words.
struct ExternalObjectRoutes: RouteGroup {
    let services: APIServices

    func add(to table: RouteTable) {
        table.add("/api/v3/odata/services/:service", [.get(.signedIn, refuse), .patch(.signedIn, refuse)])
    }

    private func refuse(_ request: Request, _ parameters: Parameters, _ user: User) async throws -> Response {
        throw APIError.notFound("Sluice serves no External Objects (OData), so there is no service to show, enable or disable")
    }
}
