import Catalog
import HTTPTypes

extension MappingRoutes {
    static let documentation: [RouteDocumentation] =
        [
            RouteDocumentation(.get, "/api/v3/mappings/:mapping", "Shows a mapping.", answers: [.json(.ok, MappingDocument.schema)]),
            RouteDocumentation(
                .delete, "/api/v3/mappings/:mapping", "Removes a mapping; its table stays.", answers: [.empty(.noContent, "Removed.")]),
        ]
        + MappingAction.allCases.map { action in
            RouteDocumentation(
                .post, "/api/v3/mappings/:mapping/actions/\(action.rawValue)", "Performs \(action.rawValue) on a mapping.",
                answers: [.job, .error(.conflict, "The connection's state does not allow it.")])
        }
}
