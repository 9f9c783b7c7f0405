import Catalog

extension SyncError {
    var meaning: Failure.Meaning {
        switch code {
        case .badConfiguration: .endsMapping(.badConfig)
        case .unauthorized: .endsConnection(.unauthorized)
        case .foreignSchema: .endsConnection(.dbUnavailable)
        case .removed: .removed
        default: .passes
        }
    }
}
