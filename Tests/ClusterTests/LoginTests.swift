import Catalog
import Eventually
import Foundation
import JobQueue
import Postgres
import RawHTTPServer
import Salesforce
import Secrets
import Synchronization
import TestDatabase
import Testing

@Suite("Logins of real processes", .timeLimit(.minutes(20)))
struct LoginTests {
    @Test(
        "SIGTERM ends workers whose login hangs and workers that wait for it, within seconds; what may have been lost is marked",
        arguments: [
            SalesforceCredentials.clientCredentials(clientID: "id", secret: "secret"),
            .refreshToken(token: "r0", clientID: "id", secret: "secret"),
        ])
    func hangingLogin(credentials: SalesforceCredentials) async throws {
        let asked = Counter()
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            asked.add()
            connection.waitForEnd()
        }
        try await ClusterWorld.with { world in
            let id = try await world.authorizedConnection(credentials, loginURL: server.url)
            let workers = try (0..<2).map { _ in try world.start("sluice", ["worker"]) }
            try await world.reaches(2, "SELECT count(*) FROM sluice.live_workers")
            try await world.importMappings(id, ["Account", "Contact", "Opportunity", "Lead", "Case"])
            try await eventually { asked.value == 1 }
            // Both have jobs; one of them waits for the other's login.
            try await world.reaches(2, "SELECT count(DISTINCT worker) FROM sluice.jobs WHERE state = 'running' AND kind = 'load'")
            #expect(try await world.number("SELECT count(*) FROM sluice.salesforce_sessions WHERE renewal_by LIKE 'process %'") == 1)
            let start = ContinuousClock.now
            for worker in workers { worker.send(SIGTERM) }
            for worker in workers { #expect(try await worker.exitStatus(within: .seconds(10)) == 0) }
            #expect(.now - start < .seconds(8))
            #expect(asked.value == 1)
            let marked = try await world.number(
                "SELECT count(*) FROM sluice.salesforce_sessions WHERE renewal_id IS NULL AND interrupted_at IS NOT NULL")
            #expect(marked == 1)
            // Nothing of it is a failure of the jobs.
            #expect(
                try await world.number("SELECT count(*) FROM sluice.jobs WHERE state = 'available' AND attempt = 0 AND kind = 'load'") == 5)
        }
    }

    @Test("a worker that is killed while Salesforce has its refresh token leaves a mark, and another goes on")
    func killedDuringLogin() async throws {
        let asked = Counter()
        let server = try RawHTTPServer { connection in
            _ = try connection.readRequest()
            asked.add()
            connection.waitForEnd()
        }
        try await ClusterWorld.with { world in
            let id = try await world.authorizedConnection(
                .refreshToken(token: "r0", clientID: "id", secret: "secret"), loginURL: server.url)
            let workers = try (0..<2).map { _ in try world.start("sluice", ["worker"]) }
            try await world.reaches(2, "SELECT count(*) FROM sluice.live_workers")
            try await world.importMappings(id, ["Account", "Contact", "Opportunity", "Lead", "Case"])
            try await eventually { asked.value == 1 }
            try await world.reaches(2, "SELECT count(DISTINCT worker) FROM sluice.jobs WHERE state = 'running' AND kind = 'load'")
            let holder = try #require(try await world.text("SELECT renewal_by FROM sluice.salesforce_sessions"))
            let killed = try #require(workers.first { holder.hasPrefix("process \($0.pid) on ") })
            killed.send(SIGKILL)
            _ = try await killed.exitStatus()
            #expect(asked.value == 1)
            try await world.pool.run("UPDATE sluice.salesforce_sessions SET renewal_expires_at = sluice.clock() - interval '1 second'")
            try await eventually { asked.value == 2 }
            #expect(
                try await world.number(
                    "SELECT count(*) FROM sluice.salesforce_sessions WHERE interrupted_by = '\(holder)' AND renewal_by <> '\(holder)'") == 1
            )
        }
    }

    @Test("an authorization's token serves every worker, and the refresh token that replaced the given one is kept")
    func authorize() async throws {
        try await ClusterWorld.with { world in
            let port = try CutOffProxy.freePort()
            let url = "http://127.0.0.1:\(port)"
            _ = try world.start("sandbox-org", ["serve", "--port", "\(port)", "--rotate-refresh-tokens", "--rows", "Account=50"])
            let org = try await SandboxProcess.reached(url)
            let given = try await org.refreshToken()
            let connection = try await world.connection()
            let authorize = try world.start(
                "sluice",
                ["connection", "authorize", connection.name, "--grant", "refresh_token", "--environment", "custom", "--login-url", url],
                [
                    "SALESFORCE_REFRESH_TOKEN": given, "SALESFORCE_CLIENT_ID": "sandbox-client",
                    "SALESFORCE_CLIENT_SECRET": "sandbox-secret",
                ])
            #expect(try await authorize.exitStatus() == 0, "\(authorize.errors)")
            let key = try world.sealingKey()
            let stored: SalesforceCredentials = try CredentialSeal.open(try await world.connection(connection.id), key: key)
            guard case .refreshToken(let kept, _, _) = stored else { throw ProcessError(description: "\(stored)") }
            #expect(kept != given)
            #expect(
                try await world.number(
                    "SELECT count(*) FROM sluice.salesforce_sessions WHERE token_sealed IS NOT NULL AND session_seconds = 7200") == 1)
            #expect(
                try await world.number(
                    "SELECT count(*) FROM sluice.connections WHERE username = 'admin@sandbox.example' AND state = 'IDLE'") == 1)
            for _ in 0..<2 { try world.start("sluice", ["worker"]) }
            try await world.importMappings(connection.id, ["Account"])
            try await world.reaches(1, "SELECT count(*) FROM sluice.mappings WHERE state = 'DATA_SYNCED'")
            // The password grant that made the refresh token, and the authorization.
            #expect(try await org.stats().tokenRequests == 2)
            #expect(try await org.stats().reusedRefreshTokens == 0)
        }
    }
}

/// A count that tests share with a server's threads.
private final class Counter: Sendable {
    private let count = Mutex(0)

    var value: Int { count.withLock { $0 } }

    func add() { count.withLock { $0 += 1 } }
}
