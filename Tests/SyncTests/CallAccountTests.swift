import Catalog
import Cluster
import Foundation
import HTTPTypes
import JobQueue
import Postgres
import SyncWorld
import TestDatabase
import Testing

@Suite("What polls that find nothing write")
struct CallAccountTests {
    /// Counts, from here on, the rows of Sluice's tables that are written, but for those of the queue: any job is some.
    private static let counting = """
        CREATE TABLE public.written (at_table text);
        CREATE FUNCTION public.note_written() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO public.written VALUES (TG_TABLE_NAME); RETURN NULL; END';
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'sluice'::regnamespace AND relkind = 'r'
                AND relname !~ '^(jobs|finished_jobs.*|workers|schedules|schedule_runs|history_planes)$'
            LOOP
                EXECUTE format('CREATE TRIGGER note_written AFTER INSERT OR UPDATE OR DELETE ON sluice.%I FOR EACH ROW EXECUTE FUNCTION public.note_written()', name);
            END LOOP;
        END $$;
        """

    @Test("is the watermark, one row a poll; their calls are gathered, and written down when the process ends")
    func emptyPolls() async throws {
        try await SyncWorld.with(rows: ["Account": 20], workers: 0) { world in
            let handlers = world.makeHandlers()
            let loop = world.makeWorker(handlers)
            let running = Task { await loop.run() }
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            _ = try await world.poll("Account")
            try await world.pool.withSession { try $0.script(Self.counting) }
            for _ in 0..<5 { #expect(try await world.poll("Account").text.hasPrefix("0 records")) }
            let written = try await world.pool.query("SELECT at_table FROM public.written").map {
                try $0.decode("at_table", as: String.self)
            }
            #expect(written == Array(repeating: "mappings", count: 5))
            await loop.stop()
            await running.value
            #expect(try await world.catalog.usage(world.connectionID).calls == 0)
            await handlers.close(within: .seconds(5))
            let mapping = try await world.mapping("Account")
            let spent = try #require(try await world.catalog.callBudgets(of: [mapping])[mapping.id]?.spent)
            // A query each, at least.
            #expect(spent >= 6)
            #expect(try await world.catalog.usage(world.connectionID).calls >= spent)
        }
    }

    @Test("calls of jobs that fail count too, and those that could not be written down are with the next beat")
    func notLost() async throws {
        try await SyncWorld.with(rows: ["Account": 20], workers: 0) { world in
            let handlers = world.makeHandlers()
            let loop = world.makeWorker(handlers)
            let running = Task { await loop.run() }
            try await world.importMappings([("Account", SyncWorld.accountFields, "read_only", nil)])
            try await world.pool.run("ALTER TABLE sluice.api_usage RENAME TO api_usage_away")
            await handlers.settleCalls(within: .seconds(5))
            #expect(try await world.count("sluice.mapping_usage") == 0)
            try await world.pool.run("ALTER TABLE sluice.api_usage_away RENAME TO api_usage")
            await handlers.settleCalls(within: .seconds(5))
            let loaded = try await world.catalog.usage(world.connectionID).calls
            #expect(loaded > 0)
            try await world.sandbox(
                .post, "/sandbox/trouble", #"{"kind": "status", "status": 400, "code": "MALFORMED_ID", "path_prefix": "…/query"}"#)
            #expect(try await world.poll("Account").state == "failed")
            await handlers.settleCalls(within: .seconds(5))
            #expect(try await world.catalog.usage(world.connectionID).calls > loaded)
            await loop.stop()
            await running.value
        }
    }
}
