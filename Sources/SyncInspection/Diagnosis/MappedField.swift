import Salesforce
import Sync

/// A field of a mapping's configuration, found in what the org says.
enum MappedField: Sendable, Hashable {
    /// A field of the object itself.
    case own(FieldDescribe)
    /// A field of a parent, reached through a relationship.
    case parent(FieldDescribe, of: String)
    /// Neither.
    case missing(String)

    /// The field, wherever it is.
    var field: FieldDescribe? {
        switch self {
        case .own(let field), .parent(let field, _): field
        case .missing: nil
        }
    }

    /// Finds a field as configurations spell it (`FieldPath`).
    ///
    /// - Parameter describe: describes a parent; nil when the org has none of that name.
    static func find(
        _ name: String, in object: ObjectDescribe, describe: (String) async throws -> ObjectDescribe?
    ) async throws -> MappedField {
        do {
            let path = try await FieldPath.resolve(name, of: object) { parent in
                guard let found = try await describe(parent) else {
                    throw SyncError(code: .badConfiguration, message: "the org has no object \(parent)")
                }
                return found
            }
            return path.lookup == nil ? .own(path.field) : .parent(path.field, of: path.owner)
        } catch let error as SyncError where error.code == .badConfiguration {
            return .missing(name)
        }
    }
}
