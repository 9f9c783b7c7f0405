import Catalog
import Foundation
import Salesforce

/// What an org's limits and its clock mean. A value without I/O.
struct OrganizationRules: Sendable {
    static let limits = DiagnosisRule("API_LIMITS_MUST_SUFFICE", "Salesforce Limits")
    static let clock = DiagnosisRule("ORG_CLOCK_MUST_AGREE", "Clock of Salesforce")

    /// What Sluice uses, by Salesforce's names, and what it is in words.
    private static let watched = [
        ("DailyApiRequests", "API calls of the day"), ("DailyBulkApiBatches", "Bulk API batches of the day"),
        ("DailyBulkV2QueryJobs", "Bulk API 2.0 queries of the day"),
        ("DailyBulkV2QueryFileStorageMB", "MB of Bulk API 2.0 results of the day"), ("DataStorageMB", "MB of data storage"),
    ]

    /// Shares of a limit that are used.
    var warningShare = 0.8
    var errorShare = 0.95
    /// Seconds between the clocks. A JWT is refused when it is minutes off, and a poll's window is the org's.
    var skewWarning: Double = 30
    var skewError: Double = 150

    func findings(limits: [String: OrganizationLimit], org: Date, process: Date) -> [Finding] {
        judge(limits) + [skew(org: org, process: process)]
    }

    private func judge(_ limits: [String: OrganizationLimit]) -> [Finding] {
        let near = Self.watched.compactMap { name, text -> Finding? in
            guard let limit = limits[name], limit.max > 0 else { return nil }
            let used = Double(limit.max - limit.remaining) / Double(limit.max)
            guard used >= warningShare else { return nil }
            return Self.limits.judge(
                used, warnFrom: warningShare, failFrom: errorShare,
                "The org has used \(limit.max - limit.remaining) of \(limit.max) \(text) (\(name))",
                remedy: name == "DataStorageMB"
                    ? "delete records or buy storage: at the limit no record can be inserted"
                    : "poll less often, unmap what nobody uses, find what else calls the org (Setup, API Usage), or buy calls: at the limit nothing is synced"
            )
        }
        if !near.isEmpty { return near }
        guard let calls = limits["DailyApiRequests"] else { return [Self.limits.skip("The org does not tell its limits")] }
        return [Self.limits.pass("The org has used \(calls.max - calls.remaining) of \(calls.max) API calls of the day")]
    }

    private func skew(org: Date, process: Date) -> Finding {
        let seconds = org.timeIntervalSince(process)
        return Self.clock.judge(
            abs(seconds), warnFrom: skewWarning, failFrom: skewError,
            "Salesforce's clock is \(Int(abs(seconds).rounded())) s \(seconds < 0 ? "behind" : "ahead of") this machine's",
            remedy: "let this machine follow a time server (NTP): log-ins by JWT are refused when it is off")
    }
}
