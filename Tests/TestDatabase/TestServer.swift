import Foundation
import Logging
import Postgres

/// Why no test database could be made.
public struct TestServerError: Error, CustomStringConvertible {
    /// What is missing and what to do about it.
    public let description: String
}

/// The server on which tests make their databases, named by `SLUICE_TEST_DATABASE_URL`.
struct TestServer: Sendable {
    static let shared = Result { try TestServer() }

    /// Connections for CREATE and DROP DATABASE, which take no transaction and no parameters.
    private let pool: PostgresPool
    private let address: URLComponents
    let templates = TemplateDatabases()

    init() throws {
        let variable = "SLUICE_TEST_DATABASE_URL"
        guard let url = ProcessInfo.processInfo.environment[variable], !url.isEmpty else {
            throw TestServerError(description: "\(variable) is not set: run the tests with scripts/test, which starts a Postgres for them")
        }
        guard let address = URLComponents(string: url), address.scheme?.hasPrefix("postgres") == true else {
            throw TestServerError(description: "\(variable) is not a postgres:// URL")
        }
        self.address = address
        let configuration = try PostgresConfiguration(url: url, applicationName: "sluice test databases")
        pool = PostgresPool(configuration: configuration, size: 4, acquireTimeout: .seconds(300), logger: TestDatabase.quietLogger)
    }

    func url(database: String) throws -> String {
        var address = address
        address.path = "/" + database
        guard let url = address.string else { throw TestServerError(description: "no URL for the database \(database)") }
        return url
    }

    func createDatabase(_ name: String, template: String) async throws {
        try await retryingWhileBusy {
            try await pool.run("CREATE DATABASE \(identifier: name) TEMPLATE \(identifier: template)", timeout: .seconds(120))
        }
    }

    func dropDatabase(_ name: String) async throws {
        // A task cancelled by its test must not leave the database behind.
        try await Task {
            try await retryingWhileBusy {
                try await pool.run("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)", timeout: .seconds(120))
            }
        }.value
    }

    func databaseExists(_ name: String) async throws -> Bool {
        try await !pool.query("SELECT 1 FROM pg_database WHERE datname = \(name)").isEmpty
    }

    /// Gives a database its final name.
    ///
    /// - Returns: false when another process has made one of that name meanwhile.
    func renameDatabase(_ name: String, to final: String) async throws -> Bool {
        do {
            try await retryingWhileBusy { try await pool.run("ALTER DATABASE \(identifier: name) RENAME TO \(identifier: final)") }
            return true
        } catch let error as PostgresError where error.sqlState == "42P04" {
            return false
        }
    }

    /// The server refuses to copy, rename or drop a database while somebody is connected to it, even in passing.
    private func retryingWhileBusy(_ operation: () async throws -> Int) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                _ = try await operation()
                return
            } catch let error as PostgresError where error.sqlState == "55006" && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }
}
