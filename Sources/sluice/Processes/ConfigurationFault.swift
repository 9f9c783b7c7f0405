import ArgumentParser
import Foundation

/// What is wrong with the process's configuration. It ends the process with one line on standard error and status 78 (EX_CONFIG).
struct ConfigurationFault: Error, Equatable {
    let message: String

    /// Says it.
    ///
    /// - Returns: what to throw for the process to end.
    func report() -> ExitCode {
        let line = Array("sluice: \(message)\n".utf8)
        // Not through a file handle: it would end the process with a signal when nobody reads.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        return ExitCode(78)
    }
}
