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
            throw ConfigurationFault(
                message: "SLUICE_MAX_CONNECTIONS is malformed: expected a number from 1 to 100000, found \"\(text.prefix(40))\""
            ).report()
        }
        return number
    }

    /// Where the server says it is.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func region(_ variables: [String: String]) throws -> Region {
        guard let text = variables["SLUICE_REGION"], !text.isEmpty else { return .selfHosted }
        guard let region = Region.known.first(where: { $0.name == text }) else {
            let names = Region.known.map(\.name).joined(separator: ", ")
            throw ConfigurationFault(message: "SLUICE_REGION is malformed: expected one of \(names), found \"\(text.prefix(40))\"").report()
        }
        return region
    }
}
