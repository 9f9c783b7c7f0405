import Catalog
import HTTPTypes
import WebServer

extension MappingRoutes {
    static let documentation: [RouteDocumentation] =
        [
            RouteDocumentation(.get, "/api/v3/mappings/:mapping", "Shows a mapping.", answers: [.json(.ok, MappingDocument.schema)]),
            RouteDocumentation(
                .put, "/api/v3/mappings/:mapping", "Replaces a mapping's configuration.",
                detail: "The revision is the one that was read: 409 when somebody else has changed the mapping since.",
                body: .json(MappingConfigSchema.replaced),
                answers: [.json(.ok, MappingDocument.schema), .error(.conflict, "The revision is another by now.")]),
            RouteDocumentation(
                .patch, "/api/v3/mappings/:mapping", "Changes options of a mapping and leaves the others.",
                detail: "An option that is named is replaced as a whole. A revision is checked when it is sent.",
                body: .json(MappingConfigSchema.changed),
                answers: [.json(.ok, MappingDocument.schema), .error(.conflict, "The revision is another by now.")]),
            RouteDocumentation(
                .delete, "/api/v3/mappings/:mapping", "Removes a mapping; its table stays.", answers: [.empty(.noContent, "Removed.")]),
        ]
        + MappingAction.allCases.map { action in
            RouteDocumentation(
                .post, "/api/v3/mappings/:mapping/actions/\(action.rawValue)", "Performs \(action.rawValue) on a mapping.",
                answers: [.job, .error(.conflict, "The connection's state does not allow it.")])
        }
}
