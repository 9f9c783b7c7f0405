import Catalog
import Salesforce

/// Whether the org still serves the connection's API version, and for how long it is likely to.
struct APIVersionCheck: DiagnosisCheck {
    let name = "Salesforce API Version"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        guard world.isWhole else { return [] }
        guard let salesforce = world.salesforce else {
            return [finding(.skip, "The connection is not authorized at Salesforce.")]
        }
        return [Self.finding(version: world.connection.apiVersion, served: try await salesforce.versions())]
    }

    /// - Parameter served: what the org serves, the oldest first.
    static func finding(version: String, served: [String]) -> Finding {
        let check = APIVersionCheck()
        let newest = SalesforceVersions.newest(servedBy: served) ?? version
        let change = "change it to \(newest): heroku connect:manage-sf-api-version --target-version \(newest)"
        guard served.contains(version) else {
            return check.finding(
                .error,
                "The org does not serve API version \(version): pause the connection, unless this has stopped it already, \(change), and resume it."
            )
        }
        guard let number = SalesforceVersions.number(version), number < SalesforceVersions.oldestLasting else {
            return check.finding(.pass, "The org serves API version \(version).")
        }
        return check.finding(
            .warning,
            "API version \(version) is old: Salesforce supports versions below \(SalesforceVersions.oldestLasting).0 only until Summer '27; pause the connection and \(change)."
        )
    }

    private func finding(_ verdict: Finding.Verdict, _ message: String) -> Finding {
        Finding("MUST_USE_RECENT_API_VERSION", name, verdict, message)
    }
}
