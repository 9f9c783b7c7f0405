import ArgumentParser
import Foundation
import Sync
import SyncWrite

/// What the environment says of a worker's jobs.
enum WorkerOptions {
    /// Calls that a write has under way at a time.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func calls(_ variables: [String: String]) throws -> Int {
        try number("SLUICE_WRITE_CALLS", in: 1...25, variables) ?? WriteStep.defaultCalls
    }

    /// Megabytes that Postgres may take for an index at the end of a first load.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func indexMegabytes(_ variables: [String: String]) throws -> Int {
        try number("SLUICE_INDEX_MEGABYTES", in: 1...16_384, variables) ?? LoadStep.defaultIndexMegabytes
    }

    /// How long rows of trigger logs stay in the archive.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func archiveRetention(_ variables: [String: String]) throws -> Duration {
        try number("SLUICE_ARCHIVE_DAYS", in: 1...3650, variables).map { .seconds($0 * 24 * 3600) } ?? ArchiveStep.defaultRetention
    }

    private static func number(_ name: String, in range: ClosedRange<Int>, _ variables: [String: String]) throws -> Int? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            FileHandle.standardError.write(
                Data(
                    "sluice: \(name) is malformed: expected a number from \(range.lowerBound) to \(range.upperBound), found \"\(text.prefix(40))\"\n"
                        .utf8))
            throw ExitCode(78)
        }
        return number
    }
}
