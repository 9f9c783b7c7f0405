import LoggedChanges
import Testing

@Suite("How a failed change is tried again")
struct ChangeRetryTests {
    private static func decide(_ action: String, _ sfid: String?, _ columns: [String], _ row: ChangeRetry.Row?) -> ChangeRetry {
        ChangeRetry(ChangeRetry.Failed(action: action, sfid: sfid, columns: columns), row: row)
    }

    @Test("each action with each row")
    func decides() {
        let new = ChangeRetry.Row(sfid: nil, hasWaitingInsert: false)
        let known = ChangeRetry.Row(sfid: "001A", hasWaitingInsert: false)
        let waiting = ChangeRetry.Row(sfid: nil, hasWaitingInsert: true)
        #expect(Self.decide("DELETE", "001A", [], nil) == .again)
        #expect(Self.decide("DELETE", "001A", [], known) == .giveUp("the row is there again"))
        #expect(Self.decide("INSERT", "001A", ["name"], known) == .again)
        #expect(Self.decide("INSERT", "001A", ["name"], nil) == .again)
        #expect(Self.decide("INSERT", nil, ["name"], nil) == .giveUp("the row was deleted"))
        #expect(Self.decide("INSERT", nil, ["name"], new) == .captureInsert)
        #expect(Self.decide("INSERT", nil, ["name"], waiting) == .giveUp("a later insert of the row waits"))
        #expect(Self.decide("INSERT", nil, ["name"], known) == .captureUpdate([]))
        #expect(Self.decide("UPDATE", "001A", ["name", "phone"], known) == .captureUpdate(["name", "phone"]))
        #expect(Self.decide("UPDATE", nil, ["name"], new) == .captureUpdate(["name"]))
        #expect(Self.decide("UPDATE", "001A", ["name"], nil) == .giveUp("the row was deleted"))
        #expect(Self.decide("UPDATE", "001A", [], known) == .giveUp("it changed nothing"))
        #expect(Self.decide("TRUNCATE", nil, [], known) == .giveUp("its action is not known"))
    }
}
