package import Catalog
import Foundation
package import Hummingbird

/// What a path names, for somebody who may use it. What he may not use looks like what does not exist.
extension CatalogStore {
    /// The connection that the path names.
    package func connection(_ parameters: Parameters, _ user: User) async throws -> Connection {
        let text = parameters.get("connection") ?? ""
        guard let id = UUID(uuidString: text), let connection = try await connection(id), user.mayUse(connection) else {
            throw APIError.notFound("there is no connection \(text)")
        }
        return connection
    }

    /// The mapping that the path names, with its connection.
    package func mapping(_ parameters: Parameters, _ user: User) async throws -> (Mapping, Connection) {
        let text = parameters.get("mapping") ?? ""
        guard let id = UUID(uuidString: text), let mapping = try await mapping(id),
            let connection = try await connection(mapping.connectionID), user.mayUse(connection)
        else { throw APIError.notFound("there is no mapping \(text)") }
        return (mapping, connection)
    }
}
