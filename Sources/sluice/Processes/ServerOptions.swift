import API
import ArgumentParser
import Foundation

/// What the environment says of the HTTP server.
enum ServerOptions {
    /// Connections that `sluice api` has at a time.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func maximumConnections(_ variables: [String: String]) throws -> Int {
        guard let text = variables["SLUICE_MAX_CONNECTIONS"], !text.isEmpty else { return ServerLimits.defaultConnections }
        guard let number = Int(text), (1...100_000).contains(number) else {
            FileHandle.standardError.write(
                Data("sluice: SLUICE_MAX_CONNECTIONS is malformed: expected a number from 1 to 100000, found \"\(text.prefix(40))\"\n".utf8)
            )
            throw ExitCode(78)
        }
        return number
    }
}
