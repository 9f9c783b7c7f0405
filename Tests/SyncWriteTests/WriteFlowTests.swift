import LoggedChanges
import Testing

@testable import SyncWrite

/// One line a case: changes, what becomes of them, and the rounds in which they are sent.
@Suite("Which changes may be sent, and after which")
struct WriteFlowTests {
    private static let shapes = [
        "account": WriteShape(uniqueColumns: ["key"], referenceColumns: ["parentid"], upsertColumn: "key"),
        "contact": WriteShape(
            parentKeys: [.init(column: "account__key", parentTables: ["account"], parentColumn: "key")], referenceColumns: ["accountid"]),
        "opportunity": WriteShape(),
    ]

    private static func change(
        _ id: Int64, _ action: Change.Action, _ table: String, _ record: Int64, sfid: String? = nil, _ values: [String: String?] = [:],
        old: [String: String] = [:]
    ) -> Change {
        Change(id: id, table: table, action: action, recordID: record, sfid: sfid, values: values, oldKeys: old)
    }

    /// An account's.
    private static func change(
        _ id: Int64, _ action: Change.Action, _ record: Int64, sfid: String? = nil, _ values: [String: String?] = [:],
        old: [String: String] = [:]
    ) -> Change {
        change(id, action, "account", record, sfid: sfid, values, old: old)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let says: String
        let changes: [[Change]]
        var postponed: Set<Int64> = []
        var parked: Set<String> = []
        /// The changes of each round; a round is all that may be sent at once, and it is settled before the next.
        let rounds: [[Int64]]

        var testDescription: String { says }
    }

    private static let a = "001000000000001AAA"
    private static let cases: [Case] = [
        Case(
            says: "changes of different records go together, whatever stands between them",
            changes: [[change(1, .update, 1), change(2, .update, "contact", 1), change(3, .update, 2), change(4, .update, "contact", 2)]],
            rounds: [[1, 2, 3, 4]]),
        Case(
            says: "changes of one record go one after another",
            changes: [[change(1, .insert, 1), change(2, .update, 1), change(3, .delete, 1), change(4, .update, 2)]],
            rounds: [[1, 4], [2], [3]]),
        Case(
            says: "also when they are read in two sets",
            changes: [[change(1, .update, 1)], [change(2, .update, 1), change(3, .update, 2)]],
            rounds: [[1, 3], [2]]),
        Case(
            says: "one record is one record under another row's id",
            changes: [[change(1, .update, 1, sfid: a), change(2, .update, 9, sfid: a)]], rounds: [[1], [2]]),
        Case(
            says: "a table that another refers to is no reason to wait",
            changes: [[change(1, .insert, 1, ["name": "x"]), change(2, .insert, "contact", 1, ["accountid": a])]], rounds: [[1, 2]]),
        Case(
            says: "a child waits for the parent whose external id it names",
            changes: [[change(1, .insert, 1, ["key": "P"]), change(2, .insert, "contact", 1, ["account__key": "p"])]], rounds: [[1], [2]]),
        Case(
            says: "also when it came first in the log",
            changes: [[change(1, .insert, "contact", 1, ["account__key": "P"]), change(2, .insert, 1, ["key": "P"])]], rounds: [[2], [1]]),
        Case(
            says: "a parent's deletion waits for what was done to its children before",
            changes: [
                [
                    change(1, .delete, "contact", 1, sfid: "003", old: ["accountid": a]), change(2, .delete, 1, sfid: a),
                    change(3, .delete, 2),
                ]
            ], rounds: [[1, 3], [2]]),
        Case(
            says: "also for children of its own table, and those that moved away",
            changes: [
                [change(1, .update, 2, ["parentid": nil], old: ["parentid": a]), change(2, .delete, 1, sfid: a)]
            ], rounds: [[1], [2]]),
        Case(
            says: "a child waits for the parent that comes back under the id it names",
            changes: [[change(1, .insert, 1, ["sfid": a]), change(2, .insert, "contact", 1, ["accountid": a])]], rounds: [[1], [2]]),
        Case(
            says: "a value is given up when those are written that named their parent by it",
            changes: [
                [change(1, .update, "contact", 1, ["account__key": "P"]), change(2, .update, 1, ["key": nil], old: ["key": "P"])]
            ], rounds: [[1], [2]]),
        Case(
            says: "also when it goes with its record, and is read later",
            changes: [
                [change(1, .update, "contact", 1, ["account__key": "P"])], [change(2, .delete, 1, sfid: a, old: ["key": "p"])],
            ], rounds: [[1], [2]]),
        Case(
            says: "a child names who holds the value, and not who takes it over later",
            changes: [
                [
                    change(1, .update, "contact", 1, ["account__key": "P"]), change(2, .update, 1, ["key": nil], old: ["key": "P"]),
                    change(3, .update, 2, ["key": "P"]),
                ]
            ], rounds: [[1], [2], [3]]),
        Case(
            says: "who takes a value comes after who gives it up",
            changes: [[change(1, .update, 1, ["key": "Y"], old: ["key": "X"]), change(2, .update, 2, ["key": "X"], old: ["key": "Z"])]],
            rounds: [[1], [2]]),
        Case(
            says: "who is held holds the same record, and nobody else",
            changes: [
                [change(1, .update, 1), change(2, .update, 1), change(3, .update, 2)], [change(4, .update, 1), change(5, .update, 3)],
            ],
            postponed: [1], rounds: [[1, 3, 5]]),
        Case(
            says: "who takes a value waits with who gives it up",
            changes: [[change(1, .update, 1, ["key": "Y"], old: ["key": "X"]), change(2, .insert, 2, ["key": "X"])]], postponed: [1],
            rounds: [[1]]),
        Case(
            says: "a child of a parent that waits waits, too",
            changes: [
                [
                    change(1, .insert, 1, ["key": "P"]), change(2, .insert, "contact", 1, ["account__key": "P"]),
                    change(3, .insert, "contact", 2),
                ]
            ],
            postponed: [1], rounds: [[1, 3]]),
        Case(
            says: "nothing of a parked table goes",
            changes: [[change(1, .update, 1), change(2, .update, "contact", 1)], [change(3, .update, 2)]], parked: ["account"],
            rounds: [[2]]),
        Case(
            says: "a value that a waiting change takes, and another gives up again, keeps who takes it next, all the same",
            changes: [
                [
                    change(1, .update, 1, sfid: a, ["key": nil], old: ["key": "X"]), change(2, .update, 2, ["key": "X"]),
                    change(3, .delete, 2, old: ["key": "X"]),
                ], [change(4, .insert, 3, ["key": "X"]), change(5, .insert, 4, ["key": "Y"])],
            ], postponed: [1], rounds: [[1, 5]]),
        Case(
            says: "what is captured again of a row that came back with its record's id keeps its place among the row's changes",
            changes: [
                [
                    change(1, .delete, 1, sfid: a), change(2, .insert, 1, ["sfid": a]), change(3, .update, 1, sfid: a, ["name": "x"]),
                    change(4, .update, 9, sfid: a, ["name": "y"]),
                ]
            ], rounds: [[1], [2], [3], [4]]),
        Case(
            says: "a circle goes in the order of the log",
            changes: [
                [
                    change(1, .update, 1, ["key": "B"], old: ["key": "A"]), change(2, .update, 2, ["key": "A"], old: ["key": "B"]),
                ]
            ], rounds: [[1], [2]]),
    ]

    @Test("each case", arguments: cases)
    func sends(_ one: Case) {
        var flow = WriteFlow(shapes: Self.shapes, parked: one.parked)
        for set in one.changes { flow.add(set) }
        var rounds: [[Int64]] = []
        while flow.hasReady || flow.breakCircle() {
            var sent: [Change] = []
            while let batch = flow.next(limit: 200) {
                #expect(Set(batch.changes.map(\.table)).count <= 1)
                sent += batch.changes
            }
            rounds.append(sent.map(\.id).sorted())
            for change in sent {
                if one.postponed.contains(change.id) { flow.hold([change.id]) } else { flow.settle(change.id) }
            }
        }
        #expect(rounds == one.rounds)
        #expect(flow.count == 0)
    }

    @Test("batches hold no more than asked for, in the order of the log")
    func size() {
        var flow = WriteFlow(shapes: [:])
        flow.add((1...450).map { Self.change($0, .update, $0) })
        var sizes: [Int] = []
        while let batch = flow.next(limit: 200) {
            #expect(batch.changes.map(\.id) == batch.changes.map(\.id).sorted())
            sizes.append(batch.changes.count)
        }
        #expect(sizes == [200, 200, 50])
    }

    // MARK: - Merging

    struct Merge: Sendable, CustomTestStringConvertible {
        let says: String
        let changes: [Change]
        var deletions: [Int64: Int64] = [:]
        /// What is left: `id: action {values} <- merged ones`.
        let left: [String]
        var cancelled: [Int64] = []

        var testDescription: String { says }
    }

    private static let merges: [Merge] = [
        Merge(
            says: "updates of one record become one with the last values",
            changes: [
                change(1, .update, 1, ["name": "a", "phone": "1"]), change(2, .update, 2, ["name": "x"]),
                change(3, .update, 1, ["name": "b"]),
            ],
            left: ["1: UPDATE name=b,phone=1 <- 3", "2: UPDATE name=x <- "]),
        Merge(
            says: "an insert takes what follows it", changes: [change(1, .insert, 1, ["name": "a"]), change(2, .update, 1, ["name": "b"])],
            left: ["1: INSERT name=b <- 2"]),
        Merge(
            says: "a deletion takes what came before it",
            changes: [change(1, .update, 1, sfid: a, ["name": "a"]), change(2, .delete, 1, sfid: a)], left: ["2: DELETE  <- 1"]),
        Merge(
            says: "a row that was deleted before the org knew it is not sent at all",
            changes: [change(1, .insert, 1, ["name": "a"]), change(2, .update, 1, ["name": "b"])], deletions: [1: 3], left: [],
            cancelled: [1]),
        Merge(
            says: "deleted and inserted again is two records",
            changes: [change(1, .delete, 1, sfid: a), change(2, .insert, 1, ["name": "b"])],
            left: ["1: DELETE  <- ", "2: INSERT name=b <- "]),
        Merge(
            says: "what another record's change of a value lies between stays in order",
            changes: [
                change(1, .update, 1, ["key": "B"], old: ["key": "A"]), change(2, .update, 2, ["key": "A"], old: ["key": "C"]),
                change(3, .update, 1, ["key": "C"], old: ["key": "B"]),
            ], left: ["1: UPDATE key=B <- ", "2: UPDATE key=A <- ", "3: UPDATE key=C <- "]),
        Merge(
            says: "what was sent already is left as it was sent",
            changes: [
                Change(id: 1, table: "account", action: .update, recordID: 1, values: ["name": "a"], wasSent: true),
                change(2, .update, 1, ["name": "b"]), change(3, .update, 1, ["name": "c"]),
            ], left: ["1: UPDATE name=a <- ", "2: UPDATE name=c <- 3"]),
    ]

    @Test("merged: each case", arguments: merges)
    func merged(_ one: Merge) {
        let merge = ChangeMerge(one.changes, shapes: Self.shapes, deletions: one.deletions)
        let left = merge.changes.map { change in
            let values = change.values.map { "\($0.key)=\($0.value ?? "NULL")" }.sorted().joined(separator: ",")
            return "\(change.id): \(change.action.rawValue) \(values) <- \(change.merged.map(String.init).joined(separator: ","))"
        }
        #expect(left == one.left)
        #expect(merge.cancelled.map(\.change.id) == one.cancelled)
    }

    @Test("an earlier change of a record is awaited until it is settled, whichever row it is of")
    func awaited() {
        var flow = WriteFlow(shapes: Self.shapes)
        let (first, second) = (Self.change(1, .insert, 1, ["sfid": Self.a]), Self.change(2, .update, 2))
        flow.add([first, second])
        #expect(flow.mayGiveUpValue(Self.a, to: second) && flow.mayGiveUpValue(String(Self.a.prefix(15)), to: second))
        #expect(!flow.mayGiveUpValue(Self.a, to: first) && !flow.mayGiveUpValue("001000000000002AAA", to: second))
        flow.settle(1)
        #expect(!flow.mayGiveUpValue(Self.a, to: second))
    }

    @Test("a later deletion of a record is awaited by whoever would take it over, another later change is not")
    func laterDeletion() {
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(1, .insert, 1, ["key": "K"])
        flow.add([taker, Self.change(2, .update, 2, sfid: Self.a)])
        #expect(!flow.mayGiveUpValue(Self.a, to: taker))
        flow.add([Self.change(3, .delete, 2, sfid: Self.a)])
        #expect(flow.mayGiveUpValue(Self.a, to: taker) && !flow.mayGiveUpValue("001000000000002AAA", to: taker))
        flow.settle(3)
        #expect(!flow.mayGiveUpValue(Self.a, to: taker))
    }

    @Test("so is one that waits on, since deletes have been stopped")
    func heldDeletion() {
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(1, .insert, 1, ["key": "K"])
        flow.add([taker, Self.change(2, .delete, 2, sfid: Self.a)])
        flow.hold([2])
        #expect(flow.mayGiveUpValue(Self.a, to: taker) && !flow.mayGiveUpValue("001000000000002AAA", to: taker))
    }

    @Test("what waited for an insert that failed waits for the update that mends it, if that comes first in the log")
    func handedOn() {
        var flow = WriteFlow(shapes: Self.shapes)
        flow.add([
            Self.change(1, .insert, 1, ["key": "K"]), Self.change(2, .update, 1, ["phone": "2"]), Self.change(3, .insert, 3, ["key": "K"]),
        ])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
        flow.settle(1)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [2])
        #expect(!flow.hasReady)
        flow.settle(2, as: Self.a)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [3])
        flow.settle(3)
        #expect(flow.count == 0)

        var later = WriteFlow(shapes: Self.shapes)
        later.add([
            Self.change(1, .insert, 1, ["key": "K"]), Self.change(2, .insert, 2, ["key": "K"]), Self.change(3, .update, 1, ["phone": "2"]),
        ])
        #expect(later.next(limit: 10)?.changes.map(\.id) == [1])
        later.settle(1)
        #expect(later.next(limit: 10)?.changes.map(\.id) == [2])
    }

    @Test("an update that mends an insert waits for the parent that this named, with it, and what is read later waits for the update")
    func heirOfParent() {
        let shapes = [
            "account": WriteShape(
                uniqueColumns: ["key"], parentKeys: [.init(column: "parent__key", parentTables: ["account"], parentColumn: "key")])
        ]
        func refused() -> WriteFlow {
            var flow = WriteFlow(shapes: shapes)
            flow.add([Self.change(1, .insert, 1, ["key": "A", "parent__key": "P"]), Self.change(2, .update, 1, ["phone": "2"])])
            #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
            flow.add([Self.change(3, .update, 3, ["key": "P"])])
            return flow
        }
        var flow = refused()
        flow.settle(1)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [3])
        #expect(!flow.hasReady)
        flow.settle(3)
        flow.add([Self.change(5, .insert, 5, ["key": "a"])])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [2])
        #expect(!flow.hasReady)
        flow.settle(2, as: Self.a)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [5])

        var held = refused()
        held.hold([3])
        held.settle(1)
        #expect(held.count == 0)
    }

    @Test("an update that mends an insert which failed before takes what that said")
    func mended() {
        var flow = WriteFlow(shapes: Self.shapes)
        flow.add([
            Self.change(2, .update, 1, ["phone": "2"]).mending(["key": "K", "phone": "1"]), Self.change(3, .insert, 3, ["key": "k"]),
        ])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [2])
        #expect(!flow.hasReady)
        flow.settle(2, as: Self.a)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [3])
    }

    @Test(
        "a record that an earlier insert takes over may lose its values by that, and any record while it is not known which one that takes")
    func takenOver() {
        var flow = WriteFlow(shapes: Self.shapes)
        let (heir, taker, plain) = (
            Self.change(2, .insert, 2, ["key": "K"]), Self.change(3, .insert, 3, ["phone": "3"]), Self.change(4, .insert, 4, ["key": ""])
        )
        flow.add([heir, taker, plain])
        #expect(flow.firstUnplaced == [:])
        _ = flow.next(limit: 10)
        #expect(flow.firstUnplaced == ["account": 2])
        flow.notePlaces(of: [heir], takingOver: [2: Self.a])
        #expect(flow.firstUnplaced == [:])
        #expect(flow.mayGiveUpValue(Self.a, to: taker) && !flow.mayGiveUpValue("001000000000002AAA", to: taker))
        // The answer to what was sent again says nothing of it.
        flow.notePlaces(of: [heir])
        flow.settle(2, as: Self.a)
        #expect(flow.mayGiveUpValue(Self.a, to: taker))

        var made = WriteFlow(shapes: Self.shapes)
        made.add([heir, taker])
        _ = made.next(limit: 10)
        made.notePlaces(of: [heir])
        made.settle(2, as: Self.a)
        #expect(made.firstUnplaced == [:] && !made.mayGiveUpValue(Self.a, to: taker))
    }

    @Test("one that is held is awaited, too")
    func awaitedWhileHeld() {
        var flow = WriteFlow(shapes: Self.shapes)
        let (early, giver, taker) = (Self.change(1, .insert, 1), Self.change(2, .update, 2, sfid: Self.a), Self.change(3, .insert, 3))
        flow.add([early, giver, taker])
        flow.hold([2])
        #expect(flow.mayGiveUpValue(Self.a, to: taker) && !flow.mayGiveUpValue(Self.a, to: early))
        #expect(!flow.mayGiveUpValue("001000000000002AAA", to: taker))
    }

    @Test("the insert that comes with a record's id is known until it is settled, also while it is held")
    func restoration() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(1, .insert, 1, ["key": "K"])
        flow.add([taker, Self.change(2, .insert, 2, ["sfid": record]), Self.change(3, .delete, 2, sfid: record)])
        #expect(flow.restoration(of: String(record.prefix(15)), otherThan: taker)?.id == 2)
        #expect(flow.restoration(of: record, otherThan: Self.change(2, .insert, 2)) == nil)
        #expect(flow.restoration(of: "001000000000002AAA", otherThan: taker) == nil)
        flow.hold([2])
        #expect(flow.restoration(of: record, otherThan: taker)?.id == 2)
        var settled = WriteFlow(shapes: Self.shapes)
        settled.add([Self.change(2, .insert, 2, ["sfid": record])])
        settled.settle(2)
        #expect(settled.restoration(of: record, otherThan: taker) == nil)
    }

    @Test("a row that came with its record's id may have given a value up to whoever was sent before that was known, and to no later one")
    func restoredMeanwhile() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let (early, late) = (Self.change(2, .insert, 2, ["key": "K"]), Self.change(3, .insert, 3, ["key": "K-2"]))
        flow.add([Self.change(1, .insert, 1, ["sfid": record, "key": "Z"]), early])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1, 2])
        flow.settle(1)
        flow.add([late])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [3])
        #expect(flow.mayGiveUpValue(String(record.prefix(15)), to: early))
        #expect(!flow.mayGiveUpValue(record, to: late))
        #expect(!flow.mayGiveUpValue("001000000000002AAA", to: early))
    }

    @Test(
        "a record whose identifier a later insert brings may have given its other values up, before that insert or while it was under way")
    func takenOverMeanwhile() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let (taker, late) = (Self.change(3, .insert, 3, ["key": "K-3"]), Self.change(4, .insert, 4, ["key": "K-4"]))
        flow.add([Self.change(1, .insert, 1, ["key": "K"]), Self.change(2, .insert, 2, ["key": "K"]), taker])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1, 3])
        flow.settle(1, as: record)
        #expect(flow.mayGiveUpValue(record, to: taker))
        #expect(!flow.mayGiveUpValue("001000000000002AAA", to: taker))
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [2])
        flow.settle(2, as: record)
        #expect(flow.mayGiveUpValue(record, to: taker))
        flow.add([late])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [4])
        #expect(!flow.mayGiveUpValue(record, to: late))
    }

    @Test("a record may have given a value up to whoever was sent before a change of it was answered, whatever the log tells of the value")
    func writtenMeanwhile() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let (other, taker) = (
            Self.change(2, .update, 2, sfid: "001000000000002AAA", ["key": "N"]), Self.change(4, .insert, 4, ["key": "N-2"])
        )
        flow.add([Self.change(1, .update, 1, sfid: record, ["key": "Z"], old: ["key": "K"]), other])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1, 2])
        flow.settle(1, as: record)
        #expect(flow.mayGiveUpValue(record, to: other))
        flow.add([taker])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [4])
        #expect(!flow.mayGiveUpValue(record, to: taker))
        flow.settle(2)
        #expect(!flow.mayGiveUpValue("001000000000002AAA", to: taker))
    }

    @Test("a record that an insert has just made is not taken over while a later change of its row waits, which knows no id")
    func madeMeanwhile() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(3, .insert, 4, ["key": "K"])
        flow.add([Self.change(1, .insert, 1, ["key": "K"]), Self.change(2, .update, 1, ["phone": "2"]), taker])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
        flow.settle(1, as: record)
        #expect(flow.mayGiveUpValue(record, to: taker))
        flow.settle(2, as: record)
        #expect(!flow.mayGiveUpValue(record, to: taker))
    }

    @Test("so may a record whose row was deleted while its insert was on its way")
    func deletedMeanwhile() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(2, .update, 4, sfid: "001000000000004AAA", ["key": "K"])
        flow.add([Self.change(1, .insert, 1, ["key": "K"]), taker])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
        flow.settle(1, as: record)
        #expect(!flow.mayGiveUpValue(record, to: taker))
        flow.noteDoomed(record)
        #expect(flow.mayGiveUpValue(record, to: taker))
    }

    @Test("so may a record that an update gave the identifier which a later insert brings")
    func takenOverAfterUpdate() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(4, .insert, 4, ["key": "C"])
        flow.add([
            Self.change(1, .insert, 1, ["key": "C"]), Self.change(2, .update, 1, ["key": "K"], old: ["key": "C"]),
            Self.change(3, .insert, 3, ["key": "K"]), taker,
        ])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
        flow.settle(1, as: record)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [2])
        flow.settle(2, as: record)
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [3, 4])
        #expect(flow.mayGiveUpValue(record, to: taker))
        flow.settle(3, as: record)
        #expect(flow.mayGiveUpValue(record, to: taker))
    }

    @Test("a deletion gives up what an earlier change of its record took, whatever the row had by then")
    func untoldRelease() {
        let record = "001000000000004AAA"
        for last in [
            Self.change(2, .delete, 8, sfid: record, old: ["key": "A"]),
            Self.change(2, .update, 8, sfid: record, ["key": "C"], old: ["key": "A"]),
        ] {
            var flow = WriteFlow(shapes: Self.shapes)
            flow.add([
                Self.change(1, .update, 8, sfid: record, ["key": "B"], old: ["key": "A"]), last, Self.change(3, .insert, 3, ["key": "B"]),
            ])
            for id: Int64 in [1, 2, 3] {
                #expect(flow.next(limit: 10)?.changes.map(\.id) == [id])
                #expect(!flow.hasReady)
                flow.settle(id)
            }
        }
    }

    @Test("nobody waits for a value that is given up, if at all, by what waits for him")
    func circleOfValue() {
        let record = "001000000000001AAA"
        var flow = WriteFlow(shapes: Self.shapes)
        let taker = Self.change(1, .update, 8, sfid: "001000000000004AAA", ["key": "K"])
        flow.add([taker, Self.change(2, .insert, 5, ["sfid": record, "key": "K"])])
        #expect(flow.next(limit: 10)?.changes.map(\.id) == [1])
        #expect(!flow.mayGiveUpValue(record, to: taker))
        var other = WriteFlow(shapes: Self.shapes)
        other.add([taker, Self.change(2, .insert, 5, ["sfid": record, "key": "Z"])])
        #expect(other.next(limit: 10)?.changes.map(\.id) == [1])
        #expect(other.mayGiveUpValue(record, to: taker))
    }

    @Test("while nobody knows whether an insert took effect, another with its unique identifier waits")
    func unknownHolder() {
        var flow = WriteFlow(shapes: Self.shapes)
        flow.add([
            Self.change(1, .insert, 1, ["key": "K"]), Self.change(2, .insert, 2, ["key": "k"]), Self.change(3, .insert, 3, ["key": "L"]),
        ])
        let first = flow.next(limit: 10)
        #expect(first?.changes.map(\.id) == [1, 3])
        flow.hold([1])
        flow.settle(3)
        #expect(!flow.hasReady)
        #expect(flow.count == 0)
    }
}
