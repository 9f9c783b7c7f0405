import Catalog

extension SyncError {
    var meaning: Failure.Meaning {
        switch code {
        case .badConfiguration: .endsMapping(.badConfig)
        case .objectRemoved: .endsMapping(.syncRemoved)
        case .unauthorized: .endsConnection(.unauthorized)
        case .removed: .removed
        default: .passes
        }
    }
}
