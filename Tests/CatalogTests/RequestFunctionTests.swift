import Catalog
import CatalogWorld
import Foundation
import JobQueue
import Postgres
import Secrets
import SyncJournal
import TestDatabase
import Testing

@Suite("Requests as functions of the database")
struct RequestFunctionTests {
    @Test("the database's lists of states are those of MappingState and ConnectionState")
    func states() async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let row = try await database.pool().query("SELECT sluice.mapping_error_states() AS errors, sluice.syncing_states() AS syncing")[
                0]
            #expect(try Set(row.decode("errors", as: [String].self)) == Set(MappingState.allCases.filter(\.isError).map(\.rawValue)))
            #expect(try Set(row.decode("syncing", as: [String].self)) == Set(ConnectionState.allCases.filter(\.allowsSync).map(\.rawValue)))
        }
    }

    @Test("a poll and a load that somebody in psql asks for are the jobs that everybody else enqueues", arguments: ["poll", "reload"])
    func sameJob(action: String) async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            let job: Int64 = try await world.pool.query("SELECT sluice.\(raw: action)('ACCOUNT') AS job")[0].decode("job")
            let asked = try await world.pool.query("SELECT * FROM sluice.jobs WHERE id = \(job)")[0]
            let actor: String = "psql:" + (try await world.pool.query("SELECT session_user::text AS name")[0].decode("name"))
            let own =
                try action == "poll" ? NewJob.poll(account, requestedBy: actor) : NewJob.load(account, reason: .reload, requestedBy: actor)
            #expect(try asked.decode("kind", as: String.self) == own.kind)
            #expect(try asked.decode("priority", as: Int.self) == own.priority)
            #expect(try asked.decode("unique_key", as: String.self) == own.uniqueKey)
            #expect(try asked.decode("exclusive_key", as: String.self) == own.exclusiveKey)
            #expect(try asked.decode("mapping_id", as: UUID.self) == account.id)
            #expect(try JSONValue(parsing: asked.decode("args", as: String.self)).text == JSONValue(parsing: own.args).text)
            let entry = try #require(try await world.store.auditTrail(world.connection.id).first)
            #expect(entry.actor == actor)
            #expect(entry.action == "mapping.\(action)")
        }
    }

    @Test("a poll can be asked for once a minute and 100 times a day, by whomever, and a refusal says when again and what is left")
    func pollLimit() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            // What waits already may be asked for as often as somebody likes.
            func ask() async throws {
                try await world.pool.run("DELETE FROM sluice.jobs")
                try await world.pool.transaction { _ = try CatalogStore.enqueue(.poll, of: account, requestedBy: "ann", in: $0) }
            }
            try await ask()
            do {
                try await ask()
                Issue.record("expected a refusal")
            } catch let error as CatalogError {
                #expect(error.code == .limited)
                #expect(error.retryAfter.map { $0 > .seconds(55) && $0 <= .seconds(60) } == true)
                #expect(error.message.contains("99 left today"))
            }
            try await world.pool.run("UPDATE sluice.poll_limits SET pause = '0'")
            try await ask()
            let again = try await world.pool.transaction { session in
                try (0..<200).map { _ in try CatalogStore.enqueue(.poll, of: account, requestedBy: "ann", in: session) }
            }
            #expect(Set(again).count == 1)
            try await world.pool.run("UPDATE sluice.poll_limits SET pause = '1 minute'")
            try await world.pool.run("DELETE FROM sluice.jobs")
            await #expect(throws: PostgresError.self) { try await world.pool.run("SELECT sluice.poll('Account')") }
            // The day's last but one, over a minute ago.
            try await world.pool.run("UPDATE sluice.poll_requests SET requests = 99, last_at = sluice.clock() - interval '61 seconds'")
            try await ask()
            try await world.pool.run("UPDATE sluice.poll_requests SET last_at = sluice.clock() - interval '61 seconds'")
            do {
                try await ask()
                Issue.record("expected a refusal")
            } catch let error as CatalogError {
                #expect(error.retryAfter.map { $0 <= .seconds(86_400) } == true)
                #expect(error.message.contains("0 left today"))
            }
            try await world.pool.run("UPDATE sluice.poll_requests SET day = day - 1")
            try await ask()
            let left: Int = try await world.pool.query("SELECT requests FROM sluice.poll_requests")[0].decode("requests")
            #expect(left == 1)
        }
    }

    @Test("a reload is not limited, and what waits already is brought forward instead of being enqueued twice")
    func reloads() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            let ids = try await world.pool.transaction { session in
                try (0..<3).map { _ in try CatalogStore.enqueue(.reload, of: account, requestedBy: "ann", in: session) }
            }
            #expect(Set(ids).count == 1)
        }
    }

    @Test("a reload is no load that has begun, nor one that compares ids; one that fills columns and has not begun becomes it")
    func reloadsBesideOthers() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: true)
            func ask() async throws -> Int64 {
                try await world.pool.transaction { try CatalogStore.enqueue(.reload, of: account, requestedBy: "ann", in: $0) }
            }
            let queue = JobQueue(pool: world.pool)
            let comparison = try #require(try await queue.enqueue([try .load(account, reason: .deletes)])[0])
            let first = try await ask()
            #expect(first != comparison)
            try await world.pool.run("UPDATE sluice.jobs SET progress = '{\"slices\": []}' WHERE id = \(first)")
            let second = try await ask()
            #expect(second != first)
            #expect(try await ask() == second)
            try await world.pool.run("DELETE FROM sluice.jobs")
            let columns = try #require(try await queue.enqueue([try .load(account, reason: .columns)])[0])
            #expect(try await ask() == columns)
            let reasons = try await world.pool.query("SELECT args->>'reason' AS reason, args->>'requestedBy' AS who FROM sluice.jobs")
            #expect(try reasons.map { try $0.decode("reason", as: String.self) } == ["reload"])
            #expect(try reasons.map { try $0.decode("who", as: String.self) } == ["ann"])
        }
    }

    @Test("nothing is asked for of a connection that does not sync")
    func paused() async throws {
        try await RequestWorld.with { world in
            _ = try await world.mapping("Account", loaded: true)
            try await world.pool.run("SELECT sluice.pause()")
            #expect(try await world.store.connection(world.connection.id)?.state == .paused)
            for call in ["poll('Account')", "reload('Account')", "retry('Account')", "retry()", "ignore()", "pause()"] {
                let refusal = await #expect(throws: PostgresError.self) { try await world.pool.run("SELECT sluice.\(raw: call)") }
                #expect(refusal?.sqlState == "SL409", "\(call)")
            }
            try await world.pool.run("SELECT sluice.resume('shop')")
            #expect(try await world.store.connection(world.connection.id)?.state == .idle)
        }
    }

    @Test("a connection is paused from IDLE only", arguments: ConnectionState.allCases)
    func pauseOnlyFromIdle(state: ConnectionState) async throws {
        try await RequestWorld.with { world in
            try await world.store.setConnectionState(world.connection.id, state)
            #expect(try await world.store.pause(world.connection.id) == (state == .idle))
        }
    }

    @Test("an abort ends what waits, leaves a mapping that was never loaded to whoever asks for a load, and says by whom")
    func abort() async throws {
        try await RequestWorld.with { world in
            let account = try await world.mapping("Account", loaded: false)
            try await world.pool.transaction { _ = try CatalogStore.enqueue(.reload, of: account, requestedBy: "ann", in: $0) }
            let ended = try await world.pool.transaction { try CatalogStore.abort(account.id, requestedBy: "ann", in: $0) }
            #expect(ended == 1)
            let aborted = try #require(try await world.store.mapping(account.id))
            #expect(aborted.state == .aborted)
            #expect(aborted.stateDescription == "aborted by ann")
            // Whoever looks after mappings that nobody reads lets it be.
            #expect(try await world.pool.withSession { try CatalogStore.readUnread(in: $0) } == 0)
            let refusal = await #expect(throws: CatalogError.self) {
                try await world.pool.transaction { _ = try CatalogStore.abort(account.id, requestedBy: "ann", in: $0) }
            }
            #expect(refusal?.code == .conflict)
            try await world.pool.transaction { _ = try CatalogStore.enqueue(.poll, of: account, requestedBy: "ann", in: $0) }
            #expect(try await world.pool.query("SELECT FROM sluice.jobs WHERE kind = 'load'").count == 1)
        }
    }

    @Test("a name that fits nothing, or several, is told")
    func names() async throws {
        try await RequestWorld.with { world in
            _ = try await world.mapping("Account", loaded: true)
            let second = try await world.store.createConnection(
                NewConnection(appName: "crm", target: .key("CRM_URL"), schemaName: "crm"), sealingKey: world.key)
            _ = try await world.store.upsertMapping(second.id, objectName: "Account", config: world.config)
            for (call, state, text) in [
                ("poll('Nothing')", "SL404", "there is no mapping of Nothing"), ("poll('Account')", "SL409", "several connections"),
                ("poll('Account', 'nobody')", "SL404", "Account"), ("pause()", "SL409", "name one"), ("pause('nobody')", "SL404", "nobody"),
            ] {
                let refusal = await #expect(throws: PostgresError.self) { try await world.pool.run("SELECT sluice.\(raw: call)") }
                #expect(refusal?.sqlState == state, "\(call)")
                #expect(refusal?.message.contains(text) == true, "\(call): \(refusal?.message ?? "")")
            }
            try await world.pool.run("SELECT sluice.poll('Account', 'shop')")
        }
    }
}
