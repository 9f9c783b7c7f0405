public import Catalog
import Foundation

/// Everything that a look at an installation found.
public struct DoctorReport: Sendable {
    /// A finding and the connection that it is about; nil when it is about the installation.
    public struct Entry: Sendable {
        /// The connection.
        public let connection: Connection?
        /// What was found.
        public let finding: Finding
    }

    /// All findings in the order in which they were made.
    public private(set) var entries: [Entry] = []

    /// A report without findings.
    public init() {}

    /// Adds findings.
    public mutating func add(_ findings: [Finding], about connection: Connection? = nil) {
        entries += findings.map { Entry(connection: connection, finding: $0) }
    }

    /// 0 when all is well, 1 with warnings, 2 with errors.
    public var status: Int32 {
        if entries.contains(where: { $0.finding.verdict == .error }) { return 2 }
        return entries.contains { $0.finding.verdict == .warning } ? 1 : 0
    }

    private func count(_ verdict: Finding.Verdict) -> Int { entries.count { $0.finding.verdict == verdict } }

    /// For programs.
    public var document: JSONValue {
        [
            "status": .string(["ok", "warnings", "errors"][Int(status)]), "errors": .integer(count(.error)),
            "warnings": .integer(count(.warning)),
            "passes": .integer(count(.pass)), "skips": .integer(count(.skip)),
            "findings": .array(entries.map(Self.document)),
        ]
    }

    private static func document(_ entry: Entry) -> JSONValue {
        let connection: JSONValue? = entry.connection.map {
            ["id": .string($0.id.uuidString.lowercased()), "name": .string($0.name), "resource_name": .string($0.resourceName)]
        }
        return [
            "rule_id": .string(entry.finding.ruleID), "display_name": .string(entry.finding.displayName),
            "verdict": .string(entry.finding.verdict.rawValue), "message": .string(entry.finding.message),
            "connection": connection ?? .null,
            "mapping": .optional(entry.finding.mapping),
        ]
    }

    /// For people: a line a finding, errors first.
    ///
    /// - Parameter isVerbose: also tells what is in order and what could not be asked.
    public func text(isVerbose: Bool) -> String {
        let told: [Finding.Verdict] = isVerbose ? [.error, .warning, .skip, .pass] : [.error, .warning]
        let lines = told.flatMap { verdict in entries.filter { $0.finding.verdict == verdict }.map(Self.line) }
        let summary =
            status == 0
            ? "all is well: \(count(.pass)) checks passed"
            : "\(count(.error)) errors, \(count(.warning)) warnings, \(count(.pass)) checks passed"
        return (lines + [summary]).joined(separator: "\n")
    }

    private static func line(_ entry: Entry) -> String {
        let mark =
            switch entry.finding.verdict {
            case .error: "ERROR"
            case .warning: "WARN "
            case .pass: "ok   "
            case .skip: "skip "
            }
        let subject = [entry.connection?.name, entry.finding.mapping].compactMap(\.self).joined(separator: " / ")
        return "\(mark) \(subject.isEmpty ? "" : "\(subject): ")\(entry.finding.displayName): \(entry.finding.message)"
    }
}
