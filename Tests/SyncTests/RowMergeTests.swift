import Catalog
import Foundation
import JobQueue
import MappedSchema
import Postgres
import Secrets
import Sync
import TestDatabase
import Testing

/// Rows are written as `sfid key name stamp`, `-` for NULL; in the table they have the ids 1, 2 … in their order. Rows that were read may end with
/// `deleted`.
@Suite("Merging rows that were read")
struct RowMergeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var has: [String] = []
        /// Rows of the trigger log: `action sfid id column=value … state`.
        var log: [String] = []
        let reads: [String]
        /// The table afterwards: `id sfid key name stamp _hc_lastop`.
        let becomes: [String]
        /// Inserted, updated, deleted.
        let counts: [Int]
    }

    static let rows: [Case] = [
        Case(testDescription: "nothing was read", has: ["A K one 1"], reads: [], becomes: ["1 A K one 1 SYNCED"], counts: [0, 0, 0]),
        Case(testDescription: "a new record", reads: ["A K one 1"], becomes: ["1 A K one 1 SYNCED"], counts: [1, 0, 0]),
        Case(testDescription: "a newer one", has: ["A K one 1"], reads: ["A K two 2"], becomes: ["1 A K two 2 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "one of the same second", has: ["A K one 1"], reads: ["A K two 1"], becomes: ["1 A K two 1 SYNCED"],
            counts: [0, 1, 0]),
        Case(
            testDescription: "an older one", has: ["A K two 2"], reads: ["A K one 1"], becomes: ["1 A K two 2 SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "the same again", has: ["A K one 1"], reads: ["A K one 1"], becomes: ["1 A K one 1 SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "one without a stamp", has: ["A K one 1"], reads: ["A K two -"], becomes: ["1 A K two - SYNCED"],
            counts: [0, 1, 0]),
        Case(
            testDescription: "a row without a stamp", has: ["A K one -"], reads: ["A K two 1"], becomes: ["1 A K two 1 SYNCED"],
            counts: [0, 1, 0]),
        Case(
            testDescription: "a value that was cleared", has: ["A K one 1"], reads: ["A - - 2"], becomes: ["1 A - - 2 SYNCED"],
            counts: [0, 1, 0]),
        Case(
            testDescription: "a record twice, new", reads: ["A K one 1", "A K two 2"], becomes: ["1 A K two 2 SYNCED"], counts: [1, 0, 0]),
        Case(
            testDescription: "a deletion", has: ["A K one 1", "B L two 1"], reads: ["A K one 2 deleted"], becomes: ["2 B L two 1 SYNCED"],
            counts: [0, 0, 1]),
        Case(testDescription: "a deletion of what is not there", reads: ["A K one 2 deleted"], becomes: [], counts: [0, 0, 0]),
        Case(
            testDescription: "a deletion from before an undelete", has: ["A K one 3"], reads: ["A K one 2 deleted"],
            becomes: ["1 A K one 3 SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "one goes, one changes, one comes", has: ["A K one 1", "B L two 1"],
            reads: ["A K one 2 deleted", "B L three 2", "C M four 2"], becomes: ["2 B L three 2 SYNCED", "3 C M four 2 SYNCED"],
            counts: [1, 1, 1]),
    ]

    static let keys: [Case] = [
        Case(
            testDescription: "a value that moved from one to another", has: ["A K one 1", "B L two 1"], reads: ["A M one 2", "B K two 2"],
            becomes: ["1 A M one 2 SYNCED", "2 B K two 2 SYNCED"], counts: [0, 2, 0]),
        Case(
            testDescription: "values that were swapped", has: ["A K one 1", "B L two 1"], reads: ["A L one 2", "B K two 2"],
            becomes: ["1 A L one 2 SYNCED", "2 B K two 2 SYNCED"], counts: [0, 2, 0]),
        Case(
            testDescription: "a value that moved, while its old holder is on another page", has: ["A K one 1", "B L two 1"],
            reads: ["B K two 2"],
            becomes: ["1 A - one 1 SYNCED", "2 B K two 2 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a value of a deleted record on a new one", has: ["A K one 1"], reads: ["A K one 2 deleted", "B K two 2"],
            becomes: ["2 B K two 2 SYNCED"], counts: [1, 0, 1]),
        Case(
            testDescription: "the record of a row that waits for one", has: ["- K mine -"], log: ["INSERT - 1 key__c=K name=mine NEW"],
            reads: ["A K theirs 1"], becomes: ["1 A K mine 1 PENDING"], counts: [0, 1, 0]),
        Case(
            testDescription: "a record that another row's insert may have made", has: ["- L first -", "- K second -"],
            log: ["INSERT - 1 key__c=K name=first PENDING", "UPDATE - 1 key__c=L NEW", "INSERT - 2 key__c=K name=second NEW"],
            reads: ["A K first 1"], becomes: ["1 - L first - SYNCED", "2 - K second - SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "a record with the value that a row took since its insert was sent", has: ["- L mine -"],
            log: ["INSERT - 1 key__c=K name=mine PENDING", "UPDATE - 1 key__c=L NEW"],
            reads: ["B L others 1"], becomes: ["1 - L mine - SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "the record of a row without a key", has: ["- - mine -"], log: ["INSERT - 1 name=mine NEW"],
            reads: ["A K theirs 1"],
            becomes: ["1 - - mine - SYNCED", "2 A K theirs 1 SYNCED"], counts: [1, 0, 0]),
    ]

    static let waiting: [Case] = [
        Case(
            testDescription: "a column that waits keeps its value, the others are read", has: ["A K mine 1"],
            log: ["UPDATE A 1 name=mine NEW"],
            reads: ["A L theirs 2"], becomes: ["1 A L mine 2 PENDING"], counts: [0, 1, 0]),
        Case(
            testDescription: "a row that differs in columns that wait, and in no others, is not written", has: ["A K mine 1"],
            log: ["UPDATE A 1 name=mine NEW"], reads: ["A K theirs 1"], becomes: ["1 A K mine 1 PENDING"], counts: [0, 0, 0]),
        Case(
            testDescription: "a column that is being sent keeps its value", has: ["A K mine 1"], log: ["UPDATE A 1 name=mine PENDING"],
            reads: ["A L theirs 2"], becomes: ["1 A L mine 2 PENDING"], counts: [0, 1, 0]),
        Case(
            testDescription: "a column whose change failed is read", has: ["A K mine 1"], log: ["UPDATE A 1 name=mine FAILED"],
            reads: ["A K theirs 2"], becomes: ["1 A K theirs 2 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a column whose change was given up is read", has: ["A K mine 1"], log: ["UPDATE A 1 name=mine IGNORED"],
            reads: ["A K theirs 2"], becomes: ["1 A K theirs 2 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "several changes of a row", has: ["A L mine 1"], log: ["UPDATE A 1 name=mine NEW", "UPDATE A 1 key__c=L NEW"],
            reads: ["A K theirs 2"], becomes: ["1 A L mine 2 PENDING"], counts: [0, 1, 0]),
        Case(
            testDescription: "a change of another row with its id holds nothing", has: ["A K one 1"], log: ["UPDATE Z 1 name=mine NEW"],
            reads: ["A K theirs 2"], becomes: ["1 A K theirs 2 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a change that cannot be read holds nothing", has: ["A K one 1"], log: ["UPDATE A 1 broken NEW"],
            reads: ["A K theirs 2"], becomes: ["1 A K theirs 2 PENDING"], counts: [0, 1, 0]),
        Case(
            testDescription: "a row whose deletion waits does not come back", log: ["DELETE A 1 NEW"], reads: ["A K theirs 2"], becomes: [],
            counts: [0, 0, 0]),
        Case(
            testDescription: "a row whose deletion failed comes back", log: ["DELETE A 1 FAILED"], reads: ["A K theirs 2"],
            becomes: ["1 A K theirs 2 SYNCED"], counts: [1, 0, 0]),
        Case(
            testDescription: "a value that a waiting change takes away is not brought", has: ["A - mine 1", "B K two 1"],
            log: ["UPDATE A 1 key__c=NULL NEW", "UPDATE B 2 key__c=K NEW"], reads: ["A K theirs 2"],
            becomes: ["1 A - theirs 2 PENDING", "2 B K two 1 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a restored row whose insert waits is not deleted", has: ["A K one 1"],
            log: ["INSERT - 1 sfid=A name=one NEW"],
            reads: ["A K one 2 deleted"], becomes: ["1 A K one 1 PENDING"], counts: [0, 0, 0]),
        Case(
            testDescription: "a restored row whose insert failed is not deleted", has: ["A K one -"],
            log: ["INSERT - 1 sfid=A name=one systemmodstamp=NULL FAILED"], reads: ["A K one 2 deleted"],
            becomes: ["1 A K one - SYNCED"], counts: [0, 0, 0]),
        Case(
            testDescription: "one that was read since then goes with its record", has: ["A K one 1"],
            log: ["INSERT - 1 sfid=A name=one systemmodstamp=NULL FAILED"], reads: ["A K one 2 deleted"], becomes: [], counts: [0, 0, 1]),
        Case(
            testDescription: "a restored row whose insert is done goes with its record", has: ["A K one 1"],
            log: ["INSERT - 1 sfid=A name=one SUCCESS"], reads: ["A K one 2 deleted"], becomes: [], counts: [0, 0, 1]),
    ]

    /// Rows that were asked for before what the log tells was written to Salesforce.
    static let older: [Case] = [
        Case(
            testDescription: "a column that was written since keeps its value, the others are read", has: ["A K mine 1"],
            log: ["UPDATE A 1 name=mine SUCCESS"], reads: ["A L theirs 1"], becomes: ["1 A L mine 1 UPDATED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a row that was made since, and reads otherwise, is not taken for read", has: ["A K mine -"],
            log: ["INSERT A 1 name=mine SUCCESS"], reads: ["A K theirs 1"], becomes: ["1 A K mine 1 INSERTED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a row that differs in what was written since, and in nothing else, is not written", has: ["A K mine 1"],
            log: ["UPDATE A 1 name=mine SUCCESS"], reads: ["A K theirs 1"], becomes: ["1 A K mine 1 UPDATED"], counts: [0, 0, 0]),
        Case(
            testDescription: "a column whose change failed since is read", has: ["A K mine 1"], log: ["UPDATE A 1 name=mine FAILED"],
            reads: ["A K theirs 1"], becomes: ["1 A K theirs 1 SYNCED"], counts: [0, 1, 0]),
        Case(
            testDescription: "a row that was deleted since does not come back", log: ["DELETE A 1 SUCCESS"], reads: ["A K theirs 1"],
            becomes: [], counts: [0, 0, 0]),
        Case(
            testDescription: "a row that is gone from here, and whose record was written since, is left to the next poll",
            log: ["UPDATE A 1 name=mine SUCCESS"], reads: ["A K theirs 1"], becomes: [], counts: [0, 0, 0]),
        Case(
            testDescription: "a row that is gone from here, and of which a change is on its way, is left to the next poll",
            log: ["UPDATE A 1 name=mine PENDING"], reads: ["A K theirs 1"], becomes: [], counts: [0, 0, 0]),
        Case(
            testDescription: "a row that is gone from here, and of which a change waits to be sent, is read",
            log: ["UPDATE A 1 name=mine NEW"], reads: ["A K theirs 1"], becomes: ["1 A K theirs 1 PENDING"], counts: [1, 0, 0]),
        Case(
            testDescription: "a row that is gone from here, and whose record was made since, is read",
            log: ["INSERT A 1 name=mine SUCCESS"], reads: ["A K mine 1"], becomes: ["1 A K mine 1 SYNCED"], counts: [1, 0, 0]),
        Case(
            testDescription: "a row that was made since does not go", has: ["A K mine 1"], log: ["INSERT A 1 name=mine SUCCESS"],
            reads: ["A K mine 2 deleted"], becomes: ["1 A K mine 1 UPDATED"], counts: [0, 0, 0]),
        Case(
            testDescription: "a value that was given up since is not brought", has: ["A - mine 1", "B K two 1"],
            log: ["UPDATE A 1 key__c=NULL SUCCESS"], reads: ["A K theirs 1"], becomes: ["1 A - theirs 1 UPDATED", "2 B K two 1 UPDATED"],
            counts: [0, 1, 0]),
        Case(
            testDescription: "a row that was written since is not taken for read because another record has its value", has: ["A K mine 1"],
            log: ["UPDATE A 1 name=mine SUCCESS"], reads: ["B K theirs 1"], becomes: ["1 A - mine 1 UPDATED", "2 B K theirs 1 SYNCED"],
            counts: [1, 0, 0]),
    ]

    @Test("around what was written since the rows were asked for", arguments: older)
    func aroundWritten(_ entry: Case) async throws {
        try await check(entry, readAt: Date(timeIntervalSinceNow: -3600), lastop: "UPDATED")
    }

    @Test("however often, and whoever merged them before", arguments: older)
    func twice(_ entry: Case) async throws {
        try await check(entry, readAt: Date(timeIntervalSinceNow: -3600), lastop: "UPDATED", isRepeated: true)
    }

    @Test("a row that was refused a value gives it to the record that has it, and is to be read again")
    func givenUp() async throws {
        try await check(
            Case(
                testDescription: "", has: ["A L one 1", "B K mine 1"], reads: ["C K theirs 2"],
                becomes: ["1 A L one 1 FAILED", "2 B - mine 1 SYNCED", "3 C K theirs 2 SYNCED"], counts: [1, 0, 0]),
            lastop: "FAILED", refused: ["B"])
    }

    @Test(
        "so is one of which another change waits, so that it does not say that it was refused; one that was refused for another column is not"
    )
    func givenUpWhileWaiting() async throws {
        let refused = "UPDATE B 2 key__c=K FAILED"
        for (log, again) in [(refused, ["B"]), ("UPDATE B 2 name=mine FAILED", []), ("UPDATE A 1 key__c=K FAILED", [])] {
            try await check(
                Case(
                    testDescription: "", has: ["A L one 1", "B K mine 1"], log: [log, "UPDATE B 2 name=mine NEW"], reads: ["C K theirs 2"],
                    becomes: ["1 A L one 1 PENDING", "2 B - mine 1 PENDING", "3 C K theirs 2 SYNCED"], counts: [1, 0, 0]),
                lastop: "PENDING", refused: again)
        }
    }

    @Test("a record that gets no row for a change that is under way is to be read again")
    func heldBack() async throws {
        try await check(
            Case(
                testDescription: "", has: ["- L first -", "- K second -"],
                log: [
                    "INSERT - 1 key__c=K name=first PENDING", "UPDATE B 9 name=mine SUCCESS", "DELETE C 8 SUCCESS",
                    "UPDATE D 7 name=mine PENDING",
                ],
                reads: ["A K first 1", "B M theirs 1", "C N theirs 1", "D O theirs 1"],
                becomes: ["1 - L first - UPDATED", "2 - K second - UPDATED"], counts: [0, 0, 0]),
            readAt: Date(timeIntervalSinceNow: -3600), lastop: "UPDATED", refused: ["A", "B", "D"])
    }

    @Test("a restored row keeps its value while its insert makes a new record, which is read again")
    func restored() async throws {
        for answered in ["-", "A"] {
            try await check(
                Case(
                    testDescription: "", has: ["X K mine 1"], log: ["INSERT \(answered) 1 sfid=X key__c=K name=mine PENDING"],
                    reads: ["A K mine 2"], becomes: ["1 X K mine 1 SYNCED"], counts: [0, 0, 0]),
                lastop: "SYNCED", refused: ["A"])
        }
    }

    @Test("a record whose value an insert brings that has no row any more is read")
    func insertWithoutRow() async throws {
        try await check(
            Case(
                testDescription: "", log: ["INSERT - 7 key__c=K name=gone NEW"], reads: ["A K theirs 1"],
                becomes: ["1 A K theirs 1 SYNCED"],
                counts: [1, 0, 0]), refused: [])
    }

    @Test("rows by their records", arguments: rows)
    func byRecord(_ entry: Case) async throws { try await check(entry) }

    @Test("rows and waiting changes, where too many sets of columns changed for a statement each", arguments: rows + waiting)
    func inOneStatement(_ entry: Case) async throws { try await check(entry, mostStatements: 0) }

    @Test("unique values", arguments: keys)
    func byKey(_ entry: Case) async throws { try await check(entry) }

    @Test("around changes of the log", arguments: waiting)
    func aroundChanges(_ entry: Case) async throws { try await check(entry) }

    private func check(
        _ entry: Case, readAt: Date? = nil, lastop: String? = nil, refused: [String]? = nil, mostStatements: Int = 20,
        isRepeated: Bool = false
    ) async throws {
        try await TestDatabase.with(migrations: JobQueue.migrations + CatalogStore.migrations) { database in
            let merged = MergedTable(pool: database.pool(size: 1))
            try await merged.make(url: database.url, rows: entry.has, log: entry.log, lastop: lastop)
            try await merged.pool.transaction { session in
                var merge = RowMerge(table: MergedTable.schema, stage: try MergedTable.stage(entry.reads, in: session), readAt: readAt)
                merge.mostStatements = mostStatements
                let counts = try merge.run(in: session)
                #expect([counts.inserted, counts.updated, counts.deleted] == entry.counts)
                if isRepeated { #expect(try merge.run(in: session).total == 0) }
                if let refused { #expect(counts.refused.map(\.sfid) == refused) }
            }
            #expect(try await merged.rows() == entry.becomes)
        }
    }
}
