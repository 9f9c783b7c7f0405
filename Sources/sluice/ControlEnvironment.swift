import ArgumentParser
import Foundation
import HTTPTransport
import LogLines
import Logging
import OTLP
import Outlets
import Postgres
import Redaction
import Secrets

/// The process's configuration, read from the environment once and checked whole: a missing or malformed variable ends the process with
/// one line that names it. config/sluice.env lists all of them.
struct ControlEnvironment: Sendable {
    /// The control database, and the default target.
    let database: PostgresConfiguration
    /// Seals stored credentials.
    let sealingKey: SealingKey
    /// How Salesforce is reached.
    let transport: HTTPClientConfiguration
    /// What may be told of what happens, and how.
    let outlets: OutletConfiguration
    /// The bearer token that a look at the metrics takes; nil when anybody may look.
    @Redacted private(set) var metricsToken: String?
    private let logLevel: Logger.Level
    private let logFormat: LogFormat
    /// Which process this is, in its log lines.
    private let process: String

    /// Reads the variables that every command needs.
    ///
    /// - Parameter process: which process this is, in its log lines.
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func read(
        for process: String, _ variables: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> ControlEnvironment {
        do {
            return try ControlEnvironment(for: process, variables)
        } catch {
            throw error.report()
        }
    }

    init(for process: String, _ variables: [String: String]) throws(ConfigurationFault) {
        self.process = process
        let url = try Self.required(
            "DATABASE_URL", variables, expected: "a Postgres URL such as postgres://user:password@host:5432/database")
        do {
            database = try PostgresConfiguration(url: url)
        } catch {
            throw ConfigurationFault(
                message:
                    "DATABASE_URL is malformed: expected a Postgres URL such as postgres://user:password@host:5432/database, with @ and / within a part as %40 and %2F"
            )
        }
        let key = try Self.required(
            "SLUICE_SECRET_KEY", variables, expected: "32 random bytes in base64, as 'openssl rand -base64 32' prints")
        do {
            sealingKey = try SealingKey(base64: key)
        } catch {
            throw ConfigurationFault(
                message: "SLUICE_SECRET_KEY is malformed: expected 32 random bytes in base64, as 'openssl rand -base64 32' prints")
        }
        let level = variables["LOG_LEVEL"] ?? "info"
        guard let logLevel = Logger.Level(rawValue: level.lowercased()) else {
            let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationFault(message: "LOG_LEVEL is malformed: expected one of \(levels), found \"\(level.prefix(40))\"")
        }
        self.logLevel = logLevel
        do {
            outlets = try OutletConfiguration(environment: variables)
        } catch {
            throw ConfigurationFault(message: "\(error)")
        }
        let format = variables["LOG_FORMAT"].flatMap { $0.isEmpty ? nil : $0 } ?? LogFormat.text.rawValue
        guard let logFormat = LogFormat(rawValue: format.lowercased()) else {
            let formats = LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationFault(message: "LOG_FORMAT is malformed: expected one of \(formats), found \"\(format.prefix(40))\"")
        }
        self.logFormat = logFormat
        var transport = HTTPClientConfiguration()
        if let file = variables["SLUICE_CA_FILE"], !file.isEmpty {
            guard FileManager.default.isReadableFile(atPath: file) else {
                throw ConfigurationFault(message: "SLUICE_CA_FILE names a file that cannot be read: \(file)")
            }
            transport.caFile = file
        }
        self.transport = transport
        metricsToken = variables["SLUICE_METRICS_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// A port from the environment.
    ///
    /// - Throws: `ExitCode` 78 (EX_CONFIG) after a line on stderr.
    static func port(_ variables: [String: String] = ProcessInfo.processInfo.environment, default fallback: Int) throws -> Int {
        guard let text = variables["PORT"], !text.isEmpty else { return fallback }
        guard let port = Int(text), (0...65535).contains(port) else {
            throw ConfigurationFault(
                message: "PORT is malformed: expected a number from 0 to 65535, found \"\(text.prefix(40))\""
            ).report()
        }
        return port
    }

    private static func required(_ name: String, _ variables: [String: String], expected: String) throws(ConfigurationFault) -> String {
        guard let value = variables[name], !value.isEmpty else {
            throw ConfigurationFault(message: "\(name) is not set: expected \(expected)")
        }
        return value
    }

    /// A logger of this process, on stderr.
    func makeLogger() -> Logger {
        Logger(label: process) { _ in
            var handler = LineLogHandler(process: process, format: logFormat, level: logLevel)
            handler.metadataProvider = .trace
            return handler
        }
    }

    /// A pool on the control database.
    func makePool(size: Int) throws -> PostgresPool {
        PostgresPool(configuration: database, size: size, logger: makeLogger())
    }
}
