import Catalog
import Foundation
import Testing
import WebServer

@testable import Dashboard

@Suite("How far reading is behind")
struct ReadLagTests {
    private let now = Date(timeIntervalSince1970: 1_790_000_000)

    /// Mappings that poll every ten minutes, by the age in seconds of what they show.
    private func lag(_ ages: Double?..., halt: SyncHalt? = nil) -> ReadLag {
        ReadLag(ages.map { (readUpTo: $0.map { now.addingTimeInterval(-$0) }, pollingSeconds: 600) }, halt: halt, now: now)
    }

    @Test("is the age of what was read longest ago")
    func oldest() {
        #expect(lag(30, 500).readUpTo == now.addingTimeInterval(-500))
        #expect(lag(30, 500).html(now: now).text.hasSuffix(">8 min</time>"))
        #expect(lag().html(now: now).text == "–")
    }

    @Test("is late when a poll is overdue by more than it may take")
    func late() {
        #expect(!lag(30, 899).isLate)
        #expect(lag(30, 901).isLate)
    }

    @Test("is no number while a mapping was never read")
    func unread() {
        #expect(lag(30, nil, nil).readUpTo == nil)
        #expect(lag(30, nil, nil).html(now: now).text.contains("2 mappings not read yet"))
        #expect(lag(nil).html(now: now).text.contains("1 mapping not read yet"))
    }

    @Test("is never late while nothing is to be read, and says why")
    func halted() {
        let paused = lag(30, 90_000, halt: SyncHalt(.paused))
        #expect(!paused.isLate)
        #expect(paused.card(now: now).html.text.contains("the connection is paused"))
        #expect(!paused.card(now: now).html.text.contains("alarming"))
        #expect(!lag().isLate)
        #expect(lag().card(now: now).html.text.contains("nothing is mapped yet"))
    }

    @Test("does not hide one that is late behind one that was never read")
    func lateBesideUnread() {
        #expect(lag(nil, 901).card(now: now).html.text.contains("and another is late"))
        #expect(!lag(nil, 30).card(now: now).html.text.contains("late"))
    }
}
