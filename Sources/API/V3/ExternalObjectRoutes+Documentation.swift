import Catalog
import HTTPTypes
import WebServer

extension ExternalObjectRoutes {
    static let documentation: [RouteDocumentation] = [HTTPRequest.Method.get, .patch].map { method in
        RouteDocumentation(
            method, "/api/v3/odata/services/:service", "External Objects (OData), which Sluice does not serve: always 404.",
            answers: [.error(.notFound, "There is no such service.")])
    }
}
