import Catalog
package import Salesforce

extension SalesforceError {
    /// The object is not in the org, or the integration user may not see it.
    package var meansMissingObject: Bool { code == "NOT_FOUND" || code == "INVALID_TYPE" }

    /// The object keeps no delete log.
    var meansNotReplicateable: Bool { code == "INVALID_TYPE" || code == "NOT_FOUND" || code == "FUNCTIONALITY_NOT_ENABLED" }

    /// What happened, and where only people can help, what they do.
    var reason: String {
        guard retry == .versionRetired else { return "Salesforce: \(self)" }
        return
            "Salesforce has retired the connection's API version. Change it with heroku connect:manage-sf-api-version --target-version \(SalesforceVersions.newestKnown).0 (POST …/actions/change-sf-api-version) and resume the connection. Salesforce said: \(self)"
    }

    var meaning: Failure.Meaning {
        switch retry {
        case .refreshSession, .backOff: .passes
        case .organizationLimit: .rests
        case .schemaChanged: .endsMapping(.badConfig)
        case .needsAuthorization: .endsConnection(.unauthorized)
        case .versionRetired: .endsConnection(.systemError)
        case .never: .endsMapping(asksForWhatIsNotThere ? .badConfig : .systemError)
        }
    }

    /// Codes with which Salesforce refuses what the mapping asks for, not how it was asked.
    private var asksForWhatIsNotThere: Bool {
        meansMissingObject || code.rawValue.hasPrefix("INSUFFICIENT_ACCESS")
            || ["MALFORMED_QUERY", "INVALID_QUERY_FILTER_OPERATOR", "FUNCTIONALITY_NOT_ENABLED"].contains(code.rawValue)
    }

    var cause: String { ([code.rawValue] + fields).joined(separator: " ") }
}
