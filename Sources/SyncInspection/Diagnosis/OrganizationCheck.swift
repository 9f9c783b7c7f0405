import Catalog
import Foundation
import Salesforce

/// The org's limits and its clock.
struct OrganizationCheck: DiagnosisCheck {
    let name = "Salesforce Limits"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        guard world.isWhole else { return [] }
        guard let salesforce = world.salesforce else {
            return [OrganizationRules.limits.skip("The connection is not authorized at Salesforce")]
        }
        let limits = try await salesforce.limits()
        let asked = Date()
        let org = try await salesforce.serverDate()
        // The org's clock was read somewhere between asking and hearing.
        let heard = Date()
        let process = min(max(org, asked), heard)
        return OrganizationRules().findings(limits: limits, org: org, process: process)
    }
}
