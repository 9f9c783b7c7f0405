import Testing

@Suite("A process with bad configuration ends at once with status 78 and one line that names the variable")
struct ConfigurationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let variable: String
        let value: String?

        var testDescription: String { value.map { "\(variable)=\($0)" } ?? "no \(variable)" }
    }

    static let faults = [
        Case(variable: "DATABASE_URL", value: nil), Case(variable: "DATABASE_URL", value: ""),
        Case(variable: "DATABASE_URL", value: "postgres://user:hidden@host:port/db"),
        Case(variable: "DATABASE_URL", value: "mysql://hidden"),
        Case(variable: "SLUICE_SECRET_KEY", value: nil), Case(variable: "SLUICE_SECRET_KEY", value: "hidden"),
        Case(variable: "SLUICE_SECRET_KEY", value: "aGlkZGVu"), Case(variable: "LOG_LEVEL", value: "loud"),
    ]
    static let environment = [
        // Nothing listens there: a process that went on would wait for it.
        "DATABASE_URL": "postgres://sluice@127.0.0.1:1/sluice", "SLUICE_SECRET_KEY": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
    ]

    @Test("a variable that is missing or malformed", arguments: faults, ["worker", "scheduler", "api", "migrate"])
    func badVariable(_ fault: Case, _ command: String) async throws {
        var environment = Self.environment
        environment[fault.variable] = fault.value
        try await refuses(command, environment, naming: fault.variable)
    }

    @Test("a port that is none", arguments: ["http", "-1", "65536", "80 80"])
    func badPort(_ port: String) async throws {
        try await refuses("api", Self.environment.merging(["PORT": port]) { $1 }, naming: "PORT")
    }

    @Test("a region that Heroku Connect never had", arguments: ["mars", "US"])
    func badRegion(_ region: String) async throws {
        try await refuses("api", Self.environment.merging(["SLUICE_REGION": region]) { $1 }, naming: "SLUICE_REGION")
    }

    @Test("a number of calls that is none", arguments: ["many", "0", "26"])
    func badCalls(_ calls: String) async throws {
        try await refuses("worker", Self.environment.merging(["SLUICE_WRITE_CALLS": calls]) { $1 }, naming: "SLUICE_WRITE_CALLS")
    }

    @Test("a number of days that is none")
    func badDays() async throws {
        try await refuses("worker", Self.environment.merging(["SLUICE_ARCHIVE_DAYS": "0"]) { $1 }, naming: "SLUICE_ARCHIVE_DAYS")
    }

    @Test(
        "header fields for the collector that HTTP cannot carry",
        arguments: ["key", "=hidden", "my key=hidden", "clé=hidden", "key:=hidden", "key=hidden%0d%0aother: x", "key=%00hidden"])
    func badCollectorFields(_ fields: String) async throws {
        let environment = Self.environment.merging(["OTEL_EXPORTER_OTLP_HEADERS": fields]) { $1 }
        try await refuses("worker", environment, naming: "OTEL_EXPORTER_OTLP_HEADERS")
    }

    private func refuses(_ command: String, _ environment: [String: String], naming variable: String) async throws {
        let process = try ProcessUnderTest("sluice", [command], environment: environment)
        do {
            #expect(try await process.exitStatus() == 78)
        } catch {
            await process.destroy()
            throw error
        }
        let lines = process.errors.split(separator: "\n")
        #expect(lines.count == 1, "\(process.errors)")
        #expect(lines.first?.contains(variable) == true, "\(process.errors)")
        #expect(!process.errors.contains("hidden"), "a value that may be a secret was repeated: \(process.errors)")
    }
}
