import ArgumentParser
import Foundation
import SandboxData
import SandboxOrg
import SandboxStore

/// The simulated Salesforce org as a program.
@main
struct SandboxOrgCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandbox-org", abstract: "A simulated Salesforce org for the demo, the tests and the benchmarks.",
        subcommands: [Serve.self])

    static func main() async {
        if let shortage = OrgProcessConditions.settle() {
            say(shortage)
            // EX_CONFIG
            exit(withError: ExitCode(78))
        }
        await main(nil)
    }

    /// One line on standard error. Not through a file handle: it would end the process with a signal when nobody reads.
    fileprivate static func say(_ message: String) {
        let line = Array("sandbox-org: \(message)\n".utf8)
        _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

/// `sandbox-org serve`: listens until SIGTERM.
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Listen, print one JSON line with address and credentials, and serve.")

    @Option(help: "Port; 0 takes any free one.") var port = 8095
    @Option(help: "Address to listen on.") var host = "127.0.0.1"
    @Option(help: "Port that speaks TLS, with a certificate of an own authority for Salesforce's hosts; 0 takes any free one.")
    var tlsPort: Int?
    @Option(help: "Port of a CONNECT proxy that leads every host to the org, over TLS; 0 takes any free one.") var proxyPort: Int?
    @Option(help: "Directory that keeps the authority, the certificate and their keys; a temporary one when left out.")
    var tlsDirectory: String?
    @Option(help: "How hard answers are compressed for clients that ask for it, 1 to 9; 0 compresses none.") var gzipLevel = 1
    @Option(help: "What token answers call the org, for clients that go on by https only; where it listens when left out.")
    var instanceURL: String?
    @Option(help: "Schema file; the built-in schema when left out.") var schema: String?
    @Option(help: "Directory that keeps the org across restarts; in memory only when left out.") var data: String?
    @Option(help: "Generated rows of an object, as Account=100000. May be repeated.") var rows: [String] = []
    @Option(help: "Decides every generated value.") var seed: UInt64 = 1
    @Option(help: "Seconds an unused access token lives.") var sessionSeconds = 7200
    @Option(help: "API calls before REQUEST_LIMIT_EXCEEDED.") var apiQuota = 15_000
    @Option(help: "Milliseconds a bulk job stays in progress.") var bulkDelayMs = 0
    @Option(help: "Milliseconds every API call takes.") var callLatencyMs = 0.0
    @Option(help: "Milliseconds it takes besides for each record that it returns or writes.") var recordLatencyMs = 0.0
    @Option(help: "Rows of a bulk result page when the client does not say.") var bulkPageRows = 50_000
    @Option(help: "Seconds until recordCount's statistics are taken again; 0 makes them exact.") var recordCountSeconds = 3600
    @Option(help: "Change events kept for those who come back, for 72 hours at the most.") var retainedEvents = 100_000
    @Option(help: "Changes of records that /sandbox/history tells of, the newest; 0 for none.") var history = 250_000
    @Option(help: "Milliseconds a CometD connect without events is held.") var connectTimeoutMs = 110_000
    @Option(help: "Seconds the org's clock is ahead of the system's.") var clockOffsetSeconds = 0
    @Option(help: "PEM file with the connected app's certificate, for the JWT bearer flow.") var certificate: String?
    @Option(help: "Failures in force from the start: a JSON document (docs/sandbox-org.md), or a file that holds one. May be repeated.")
    var trouble: [String] = []
    @Flag(help: "Give a new refresh token with each refresh, and end the old one.") var rotateRefreshTokens = false
    @Flag(help: "Have no statistics: recordCount knows of no object.") var noRecordCount = false
    @Flag(help: "Refuse hardDelete jobs, as for a user without the permission.") var noHardDelete = false

    func run() async throws {
        var options = SandboxOptions()
        options.host = host
        options.port = port
        options.tlsPort = tlsPort
        options.proxyPort = proxyPort
        options.tlsDirectory = tlsDirectory
        options.compressionLevel = gzipLevel
        options.instanceURL = instanceURL
        options.schemaPath = schema
        options.dataPath = data
        options.seed = seed
        options.sessionSeconds = sessionSeconds
        options.apiQuota = apiQuota
        options.bulkDelay = .milliseconds(bulkDelayMs)
        options.bulkPageRows = bulkPageRows
        options.recordCountSeconds = recordCountSeconds
        options.countsRecords = !noRecordCount
        options.retainedEvents = retainedEvents
        options.historyEntries = history
        options.connectTimeout = .milliseconds(connectTimeoutMs)
        options.clockOffsetSeconds = clockOffsetSeconds
        options.rotatesRefreshTokens = rotateRefreshTokens
        options.allowsHardDelete = !noHardDelete
        let server: SandboxServer
        do {
            try check()
            options.callLatency = .microseconds(Int64(callLatencyMs * 1000))
            options.recordLatency = .microseconds(Int64(recordLatencyMs * 1000))
            options.rows = try parsedRows()
            for document in trouble { options.troubles.append(try Self.document(document, option: "--trouble")) }
            if let certificate {
                guard let pem = try? String(contentsOfFile: certificate, encoding: .utf8) else {
                    throw OptionError(message: "--certificate \(certificate): cannot be read")
                }
                options.certificatePEM = pem
            }
            server = try await SandboxServer.start(options, stopsOnSignals: true)
        } catch let error as SchemaError {
            throw Self.failure("\(error)")
        } catch let error as StorageError {
            throw Self.failure("\(error)")
        } catch let error as OptionError {
            throw Self.failure(error.message)
        } catch {
            throw Self.failure("--port \(port): cannot listen on \(host):\(port) (\(error))")
        }
        // Whoever started the org may not listen; the org serves all the same.
        try? FileHandle.standardOutput.write(contentsOf: Data((server.summary + "\n").utf8))
        await server.wait()
    }

    private struct OptionError: Error {
        let message: String
    }

    private func check() throws {
        let bounds: [(String, Int, ClosedRange<Int>)] = [
            ("--port", port, 0...65_535), ("--tls-port", tlsPort ?? 0, 0...65_535), ("--proxy-port", proxyPort ?? 0, 0...65_535),
            ("--gzip-level", gzipLevel, 0...9), ("--session-seconds", sessionSeconds, 1...86_400_000),
            ("--api-quota", apiQuota, 0...1_000_000_000),
            ("--bulk-delay-ms", bulkDelayMs, 0...86_400_000), ("--bulk-page-rows", bulkPageRows, 1...100_000_000),
            ("--retained-events", retainedEvents, 1...10_000_000), ("--history", history, 0...10_000_000),
            ("--connect-timeout-ms", connectTimeoutMs, 0...86_400_000),
            ("--clock-offset-seconds", clockOffsetSeconds, -86_400_000...86_400_000),
        ]
        if let instanceURL, !["http", "https"].contains(URL(string: instanceURL)?.scheme) || URL(string: instanceURL)?.host == nil {
            throw OptionError(message: "--instance-url \(instanceURL): expected an http or https URL")
        }
        for (name, value) in [("--call-latency-ms", callLatencyMs), ("--record-latency-ms", recordLatencyMs)]
        where !(0...600_000).contains(value) {
            throw OptionError(message: "\(name) \(value): expected 0 to 600000")
        }
        if tlsDirectory != nil, tlsPort == nil, proxyPort == nil {
            throw OptionError(message: "--tls-directory: needs --tls-port or --proxy-port")
        }
        for (name, value, range) in bounds where !range.contains(value) {
            throw OptionError(message: "\(name) \(value): expected \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// JSON itself, or what is in the file of that name.
    private static func document(_ text: String, option: String) throws -> String {
        if let first = text.first(where: { !$0.isWhitespace }), "[{".contains(first) { return text }
        guard let content = try? String(contentsOfFile: text, encoding: .utf8) else {
            throw OptionError(message: "\(option) \(text): cannot be read")
        }
        return content
    }

    private func parsedRows() throws -> [String: Int] {
        var result: [String: Int] = [:]
        for option in rows {
            let parts = option.split(separator: "=", omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty, let count = Int(parts[1]), count >= 0 else {
                throw OptionError(message: "--rows \(option): expected OBJECT=COUNT, such as Account=100000")
            }
            result[String(parts[0])] = count
        }
        return result
    }

    /// One line on standard error, and exit status 1.
    private static func failure(_ message: String) -> ExitCode {
        SandboxOrgCommand.say(message)
        return ExitCode.failure
    }
}
