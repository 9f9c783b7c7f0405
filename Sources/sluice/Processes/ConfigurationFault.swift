import ArgumentParser
import Foundation

/// What is wrong with the process's configuration. It ends the process with one line on standard error and status 78 (EX_CONFIG).
struct ConfigurationFault: Error, Equatable {
    let message: String

    /// Says it.
    ///
    /// - Returns: what to throw for the process to end.
    func report() -> ExitCode {
        say(as: "sluice")
        return ExitCode(78)
    }

    /// One line on standard error.
    func say(as who: String) {
        let line = Array("\(who): \(message)\n".utf8)
        // Not through a file handle: it would end the process with a signal when nobody reads.
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
