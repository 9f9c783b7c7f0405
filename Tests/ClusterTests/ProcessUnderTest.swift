import Eventually
import Foundation
import Synchronization
import TestDatabase

// ClusterTests: the real binaries as processes of their own, against a real Postgres: bad configuration, outages, kills, pauses.
//
// `ClusterWorld` is a database and the processes on it, all of them gone when a test ends; `ProcessUnderTest` is one of them;
// `CutOffProxy` is the network between them and Postgres, which a test can cut. Nothing here is faked: what differs from production is
// only that jobs of the kind `probe` (Benchmarks/QueueProbe) wait instead of talking to Salesforce.

/// One process: what it says on stderr and prints on stdout, signals to it, and its end.
final class ProcessUnderTest: Sendable {
    private let process: Process
    private let said = Mutex(Said())
    private let printed = Mutex(Said())
    private let name: String

    private struct Said {
        var bytes = Data()
        var isWhole = false

        /// - Parameter data: nil at the end.
        mutating func add(_ data: Data?) {
            if let data { bytes.append(data) } else { isWhole = true }
        }
    }

    /// Starts an executable of this package, or one named by its path.
    ///
    /// - Parameter environment: all the variables that the process has, but for PATH and SLUICE_BIN_DIR.
    init(_ executable: String, _ arguments: [String], environment: [String: String]) throws {
        let directory = "SLUICE_BIN_DIR"
        guard let bin = ProcessInfo.processInfo.environment[directory], !bin.isEmpty else {
            throw ProcessError(description: "\(directory) is not set: run the tests with scripts/test, which builds the processes")
        }
        name = ([executable] + arguments).joined(separator: " ")
        process = Process()
        process.executableURL = executable.hasPrefix("/") ? URL(filePath: executable) : URL(filePath: bin).appending(component: executable)
        process.arguments = arguments
        process.environment = environment.merging(["PATH": "/usr/bin:/bin", directory: bin]) { given, _ in given }
        process.standardInput = FileHandle.nullDevice
        let outputs = (Pipe(), Pipe())
        process.standardOutput = outputs.0
        process.standardError = outputs.1
        try process.run()
        listen(to: outputs.0.fileHandleForReading) { [weak self] data in self?.printed.withLock { $0.add(data) } }
        listen(to: outputs.1.fileHandleForReading) { [weak self] data in self?.said.withLock { $0.add(data) } }
    }

    /// On a thread of its own: a file handle that is watched by Dispatch, and closed too early, ends the whole test run.
    private func listen(to handle: FileHandle, _ take: @escaping @Sendable (Data?) -> Void) {
        Thread.detachNewThread {
            while case let data = handle.availableData, !data.isEmpty { take(data) }
            take(nil)
        }
    }

    /// What it has said on stderr so far.
    var errors: String { said.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    /// What it has printed on stdout so far.
    var output: String { printed.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

    var pid: Int32 { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits until the process says something on stderr.
    func says(_ text: String, within timeout: Duration = .seconds(30)) async throws {
        do {
            try await eventually(timeout: timeout) { errors.contains(text) }
        } catch {
            throw ProcessError(description: "\(name) did not say \"\(text)\" within \(timeout), but:\n\(errors)")
        }
    }

    /// Waits for the end.
    ///
    /// - Returns: the exit status; the negative number of the signal that killed it.
    func exitStatus(within timeout: Duration = .seconds(30)) async throws -> Int32 {
        do {
            try await eventually(timeout: timeout) { !isRunning }
        } catch {
            throw ProcessError(description: "\(name) did not end within \(timeout); it said:\n\(errors)")
        }
        // Its last words may still be on their way; a child that outlives it keeps the pipe open, which is no reason to fail.
        try? await eventually(timeout: .seconds(2)) { said.withLock(\.isWhole) && printed.withLock(\.isWhole) }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }

    /// Ends it, whatever state it is in.
    func destroy() async {
        send(SIGKILL)
        try? await eventually { !isRunning }
    }
}

/// A process that did not do what a test waited for.
struct ProcessError: Error, CustomStringConvertible {
    let description: String
}
