import Catalog
import MappedSchema

extension MappedSchemaError {
    var meaning: Failure.Meaning {
        switch code {
        case .badConfiguration: .endsMapping(.badConfig)
        case .foreignSchema: .endsConnection(.dbUnavailable)
        default: .passes
        }
    }
}
