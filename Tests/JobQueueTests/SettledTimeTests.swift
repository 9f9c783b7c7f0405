import Testing

@testable import JobQueue

@Suite("Up to when all that was put in can be seen")
struct SettledTimeTests {
    @Test("it is the time of the last look when nothing is open, and stays at the last look before the oldest open transaction began")
    func open() {
        var settled = SettledTime()
        #expect(settled.time == nil)
        settled.note(.init(time: 10, oldestOpen: 100, next: 100))
        #expect(settled.time == 10)
        settled.note(.init(time: 20, oldestOpen: 100, next: 105))
        #expect(settled.time == 10)
        settled.note(.init(time: 30, oldestOpen: 103, next: 110))
        #expect(settled.time == 10)
        settled.note(.init(time: 40, oldestOpen: 107, next: 120))
        #expect(settled.time == 20)
        settled.note(.init(time: 50, oldestOpen: 120, next: 120))
        #expect(settled.time == 50)
    }

    @Test("a transaction that is open for ever costs no more than so much memory, and its end is noticed")
    func long() {
        var settled = SettledTime()
        for look in 1...100_000 { settled.note(.init(time: Int64(look), oldestOpen: 1, next: 1 + Int64(look))) }
        #expect(settled.time == 1)
        settled.note(.init(time: 100_001, oldestOpen: 50_000, next: 100_002))
        let time = settled.time ?? 0
        #expect(time <= 49_999 && time > 40_000)
    }
}
