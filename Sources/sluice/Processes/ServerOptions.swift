import API
import Foundation
import WebServer

/// What the environment says of the HTTP server.
enum ServerOptions {
    /// Connections that `sluice api` has at a time.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func maximumConnections(_ variables: [String: String]) throws -> Int {
        try number("SLUICE_MAX_CONNECTIONS", variables, in: 1...100_000) ?? ServerLimits.defaultConnections
    }

    /// How often anybody may ask `sluice api`.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func rates(_ variables: [String: String]) throws -> RateLimits {
        var rates = RateLimits()
        if variables["SLUICE_RATE_LIMIT"] == "none" {
            rates.requestsPerMinute = nil
        } else if let limit = try number("SLUICE_RATE_LIMIT", variables, in: 1...10_000_000, or: " or none") {
            rates.requestsPerMinute = limit
        }
        rates.trustedProxies = try number("SLUICE_TRUSTED_PROXIES", variables, in: 0...10) ?? 0
        return rates
    }

    /// What `sluice api` leaves out.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func hidden(_ variables: [String: String]) throws -> Set<HiddenPart> {
        guard let text = variables["SLUICE_API_HIDES"], !text.isEmpty else { return [] }
        return Set(
            try text.split(separator: ",").map { name in
                guard let part = HiddenPart(rawValue: name.trimmingCharacters(in: .whitespaces).lowercased()) else {
                    let known = HiddenPart.allCases.map(\.rawValue).joined(separator: ",")
                    throw ConfigurationFault(
                        message: "SLUICE_API_HIDES is malformed: expected some of \(known), found \"\(text.prefix(40))\""
                    ).report()
                }
                return part
            })
    }

    /// Whether `sluice api` serves the page that shows every component of the dashboard.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func hasStyleguide(_ variables: [String: String]) throws -> Bool { try number("SLUICE_STYLEGUIDE", variables, in: 0...1) == 1 }

    private static func number(
        _ name: String, _ variables: [String: String], in range: ClosedRange<Int>, or other: String = ""
    ) throws -> Int? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ConfigurationFault(
                message:
                    "\(name) is malformed: expected a number from \(range.lowerBound) to \(range.upperBound)\(other), found \"\(text.prefix(40))\""
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
