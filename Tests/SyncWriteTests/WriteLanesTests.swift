import Catalog
import Eventually
import JobQueue
import Postgres
import SyncJournal
import SyncWorld
import Testing

@testable import MappedSchema
@testable import SyncWrite

@Suite("Lanes: what is written at the same time", .timeLimit(.minutes(20)))
struct WriteLanesTests {
    private func tables(_ references: [String: [String]]) -> [String: TableSchema] {
        references.reduce(into: [:]) { tables, entry in
            let columns =
                entry.value.isEmpty
                ? []
                : [
                    MappedColumn(
                        field: "ParentId", name: "parentid", type: .varchar(18), isCreateable: true, isUpdateable: true,
                        referencesObjects: entry.value)
                ]
            tables[entry.key] = TableSchema(
                objectName: entry.key, schema: "s", table: entry.key, columns: columns, isWritable: true, upsertColumn: nil, indexes: [])
        }
    }

    @Test(
        "tables that name each other are one lane, through any of the objects that a reference may point to; what is not mapped joins nothing"
    )
    func components() {
        let all = tables([
            "account": ["Account", "User"], "contact": ["Account"], "task": ["Contact", "Lead"], "lead": [], "asset": ["Product2"],
            "product2": [], "campaign": ["User"],
        ])
        #expect(WriteLanes(all).lanes == [["account", "contact", "lead", "task"], ["asset", "product2"], ["campaign"]])
        #expect(
            WriteLanes(all.filter { $0.key != "task" }).lanes == [["account", "contact"], ["asset", "product2"], ["campaign"], ["lead"]])
        #expect(WriteLanes([:]).lanes == [])
    }

    @Test("a connection's write does little things itself, begins lanes for much, and waits for jobs of lanes that were others")
    func plans() {
        let lanes = WriteLanes(tables(["account": [], "contact": ["Account"], "lead": [], "task": []]))
        func plan(_ waiting: [String: Int], live: [[String]] = []) -> WriteLanes.Plan {
            lanes.plan(waiting: waiting, live: live)
        }
        #expect(plan(["account": 999]) == .writeAll)
        #expect(plan(["account": 600, "lead": 400]) == .begin([["account", "contact"], ["lead"]]))
        #expect(plan(["contact": 1000]) == .begin([["account", "contact"]]))
        #expect(plan(["lead": 1], live: [["account", "contact"]]) == .begin([["lead"]]))
        #expect(plan([:], live: [["lead"]]) == .begin([]))
        #expect(plan(["lead": 1], live: [["lead", "task"]]) == .wait)
        #expect(plan(["lead": 1, "account": 1], live: [["lead", "task"]]) == .begin([["account", "contact"]]))
        #expect(WriteLanes(tables(["lead": []])).plan(waiting: ["lead": 1_000_000], live: []) == .writeAll)
    }

    @Test("lanes are written by jobs of their own, each with what waits of its tables", arguments: TargetHome.allCases)
    func jobs(home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Contact": 5, "Lead": 600], workers: 2, home: home) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", nil), ("Contact", SyncWorld.contactFields, "read_write", nil),
                ("Lead", ["Id", "SystemModstamp", "IsDeleted", "LastName", "Company"], "read_write", nil),
            ])
            try await world.script(
                """
                UPDATE salesforce.lead SET company = 'new ' || id;
                INSERT INTO salesforce.account (name) SELECT 'made ' || n FROM generate_series(1, 700) n
                """)
            let begun = try await world.write()
            #expect(begun.text == "begun at the same time: account, contact; lead")
            try await eventually(timeout: .seconds(120), "both lanes are written") {
                try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0
            }
            #expect(try await world.count("sluice.all_jobs WHERE kind = 'write_lane'") == 2)
            #expect(try await world.count("salesforce.account WHERE sfid IS NULL") == 0)
            try await eventually("the lanes have ended") {
                try await world.count("sluice.finished_jobs WHERE kind = 'write_lane' AND state = 'completed'") == 2
            }
            try await world.target.run("UPDATE salesforce.lead SET company = 'last' WHERE id = 1")
            #expect(try await world.write().text.hasPrefix("1 written"))
        }
    }

    @Test("a lane whose mappings are others by now writes nothing, and the connection's write begins the new ones")
    func joined() async throws {
        try await SyncWorld.with(rows: ["Account": 5, "Contact": 5]) { world in
            try await world.importMappings([
                ("Account", SyncWorld.accountFields, "read_write", nil), ("Contact", SyncWorld.contactFields, "read_write", nil),
            ])
            try await world.target.run("UPDATE salesforce.account SET phone = '5'")
            let lane = try NewJob(
                kind: JobKind.writeLane.rawValue, connectionID: world.connectionID, args: WriteLaneArgs(tables: ["account"]))
            #expect(try await world.run(lane).text == "the connection's settings or mappings are others by now")
            try await eventually("the connection's write follows") {
                try await world.count("salesforce._trigger_log WHERE state <> 'SUCCESS'") == 0
            }
        }
    }
}
