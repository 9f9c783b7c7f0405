import Catalog
import HTTPTypes
import WebServer

extension DiscoveryRoutes {
    static let documentation: [RouteDocumentation] =
        [
            RouteDocumentation(
                .get, "/connections", "Finds an app's connections, as Heroku's discovery service does.", query: ConnectionRoutes.search,
                answers: [
                    .json(
                        .ok,
                        .object([
                            "results": .array(of: DiscoveryDocument.schema), "regions": DiscoveryDocument.regions,
                            "cells": DiscoveryDocument.cells, "next": .string.nullable, "previous": .string.nullable, "count": .integer,
                        ]))
                ])
        ]
        + ["/auth/:app", "/api/v3/auth/:app", "/api/v3/users/me/apps/:app/auth"].map { path in
            RouteDocumentation(
                .post, path, "Tells what the caller may reach. It grants nothing: administrators do.",
                answers: [
                    .json(
                        .ok,
                        .object([
                            "user": .object(["id": .uuid, "email": .string]), "connections": .array(of: DiscoveryDocument.schema),
                            "regions": DiscoveryDocument.regions, "cells": DiscoveryDocument.cells,
                        ]))
                ])
        }
}
