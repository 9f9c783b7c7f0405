import Catalog
import Foundation
import Hummingbird
import WebServer

extension Request {
    /// A parameter that names a mapping of the connection, by its id or by its object.
    func mapping(_ name: String, of connection: Connection, _ services: APIServices) async throws -> Mapping? {
        guard let text = parameter(name) else { return nil }
        let mapping =
            if let id = UUID(uuidString: text) { try await services.catalog.mapping(id) } else {
                try await services.catalog.mapping(connection.id, object: text)
            }
        guard let mapping, mapping.connectionID == connection.id else {
            throw APIError.notFound("\(name): the connection has no mapping \"\(text.prefix(80))\"")
        }
        return mapping
    }
}
