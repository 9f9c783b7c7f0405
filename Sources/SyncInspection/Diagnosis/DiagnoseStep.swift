public import Catalog
public import JobQueue
import Sync

/// Asks every check and keeps what they say as the answer to an inquiry.
public struct DiagnoseStep: Sendable {
    /// What is asked of every connection.
    public static let checks: [any DiagnosisCheck] = connectionChecks + [ProcessCheck()]

    /// What is asked of every connection by whoever looks at the installation's processes itself.
    package static let connectionChecks: [any DiagnosisCheck] = [
        SyncStateCheck(), APIVersionCheck(), MappingConfigurationCheck(), RowFilterCheck(), AcceleratedPollingCheck(), OrganizationCheck(),
        TargetDatabaseCheck(),
    ]

    /// What is asked of a mapping that nobody has made yet.
    public static let draftChecks: [any DiagnosisCheck] = [MappingConfigurationCheck(), RowFilterCheck()]

    private let world: DiagnosisWorld
    private let checks: [any DiagnosisCheck]

    /// A diagnosis of one connection, or one of its mappings.
    public init(world: DiagnosisWorld, checks: [any DiagnosisCheck] = checks) {
        self.world = world
        self.checks = checks
    }

    /// Asks, and answers the inquiry.
    ///
    /// - Throws: `PostgresError`, `CancellationError`.
    public func run(_ args: DiagnoseArgs) async throws -> JobOutcome {
        let diagnosis = try await diagnose()
        let document = world.isWhole ? diagnosis.document : diagnosis.document(of: world.mappings.first?.objectName ?? "")
        try await world.catalog.answer(args.inquiry, document.text)
        let counts = [Finding.Verdict.error, .warning].map { verdict in diagnosis.findings.count { $0.verdict == verdict } }
        return .completed("\(counts[0]) errors, \(counts[1]) warnings")
    }

    /// Asks every check; one that breaks off is a finding.
    ///
    /// - Throws: `CancellationError`.
    public func diagnose() async throws -> Diagnosis {
        var findings: [Finding] = []
        for check in checks {
            do {
                findings += try await check.findings(world)
            } catch  where !Task.isCancelled {
                findings.append(
                    Finding(
                        "CHECK_COULD_NOT_BE_MADE", check.name, .error,
                        "This could not be looked at: \(Failure(error).reason)",
                        mapping: world.isWhole ? nil : world.mappings.first?.objectName))
            }
        }
        return Diagnosis(objects: world.mappings.map(\.objectName), findings: findings)
    }
}
