import Salesforce

extension SalesforceError {
    /// The object is not in the org, or the integration user may not see it.
    var meansMissingObject: Bool { code == "NOT_FOUND" || code == "INVALID_TYPE" }

    /// The object keeps no delete log.
    var meansNotReplicateable: Bool { code == "INVALID_TYPE" || code == "NOT_FOUND" || code == "FUNCTIONALITY_NOT_ENABLED" }
}
