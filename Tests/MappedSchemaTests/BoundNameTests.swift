import Testing

@testable import MappedSchema

@Suite("Names over 63 bytes")
struct BoundNameTests {
    @Test("a name that fits is left alone; of a longer one stays what Postgres holds, and two long ones stay two")
    func bounds() {
        let table = String(repeating: "a", count: 60)
        #expect(BoundName.of("hc_account_logger") == "hc_account_logger")
        let names = [
            "hc_\(table)_logtrigger", "hc_\(table)_status_trigger", "hc_\(table)_logger", "hcu_idx_\(table)_a", "hcu_idx_\(table)_b",
        ]
        #expect(Set(names.map(BoundName.of)).count == names.count)
        #expect(names.allSatisfy { BoundName.of($0).utf8.count <= 63 && BoundName.of($0) == BoundName.of($0) })
        #expect(BoundName.of(String(repeating: "ä", count: 40)).utf8.count <= 63)
        #expect(BoundName.cut(String(repeating: "ä", count: 40)) == String(repeating: "ä", count: 31))
    }
}
