import Catalog
import Foundation
import Salesforce
import Sync

/// Whether the org takes the conditions of mappings that map some records only.
struct RowFilterCheck: DiagnosisCheck {
    static let rule = DiagnosisRule("ROW_FILTER_MUST_BE_VALID", "Row Filter")

    let name = "Row Filter"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        guard let salesforce = world.salesforce else { return [] }
        var findings: [Finding] = []
        for mapping in world.mappings {
            guard let filter = mapping.config.rowFilter else { continue }
            do {
                _ = try await salesforce.query("SELECT Id FROM \(SOQL.identifier(mapping.objectName)) WHERE (\(filter)) LIMIT 1")
                findings.append(Self.rule.pass("Salesforce takes the condition", mapping: mapping.objectName))
            } catch let error as SalesforceError where !error.isRetryable && !error.meansMissingObject && error.code != .cancelled {
                let reason = error.message.split(whereSeparator: \.isNewline).joined(separator: " ").trimmingCharacters(in: ["."])
                findings.append(
                    Self.rule.error(
                        "Salesforce refuses the condition \(filter.prefix(200)): \(reason)",
                        remedy: "write what stands behind WHERE in SOQL, such as Type = 'Customer'", mapping: mapping.objectName))
            }
        }
        return findings
    }
}
