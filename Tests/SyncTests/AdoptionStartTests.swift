import Catalog
import Foundation
import SchemaInspection
import Testing

@testable import Sync

@Suite("Where reading begins after an adoption")
struct AdoptionStartTests {
    @Test("reading begins an hour before the highest stamp, and with a load where there is nothing to begin from")
    func starts() {
        var facts = AdoptedTableFacts()
        facts.hasRecords = true
        facts.highestStamp = Date(timeIntervalSince1970: 10_000)
        let full = AdoptionStart(facts, emptyColumns: [])
        #expect(full.watermark == Date(timeIntervalSince1970: 6_400) && full.load == nil)
        #expect(AdoptionStart(facts, emptyColumns: ["x"]).load == .columns)
        facts.highestStamp = nil
        #expect(AdoptionStart(facts, emptyColumns: []).watermark == nil && AdoptionStart(facts, emptyColumns: []).load == .initial)
        facts.highestStamp = Date(timeIntervalSince1970: 10_000)
        facts.hasRecords = false
        #expect(AdoptionStart(facts, emptyColumns: []).load == .initial)
        facts.hasRecords = true
        facts.exists = false
        #expect(AdoptionStart(facts, emptyColumns: []).load == .initial)
    }
}
