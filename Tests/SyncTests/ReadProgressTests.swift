import Foundation
import Testing

@testable import Sync

@Suite("How a read goes on")
struct ReadProgressTests {
    private static let moment = Date(timeIntervalSince1970: 1_800_000_000)

    private static func start(_ phase: ReadProgress.Phase = .query) -> ReadProgress { ReadProgress(phase: phase, readAt: moment) }

    /// One line a case: the phase, what is answered, the phase after it, and whether that is waited for.
    @Test(
        "each answer leads to the next step",
        arguments: [
            (.describe, .described(isFresh: true), .query, false), (.query, .made(bulkJobID: "750", at: moment), .wait, true),
            (.query, .staged(rows: 3, bytes: 30, at: moment), .reconcile, false),
            (.query, .tooMuch([ReadRange(), ReadRange()]), .query, false),
            (.wait, .unfinished, .wait, true), (.wait, .complete(rows: 9, at: moment, calls: 1), .pages, true),
            (.wait, .tooMuch([ReadRange(), ReadRange()]), .query, false),
            (.pages, .loading(rows: 5, bytes: 50, at: moment), .pages, true), (.pages, .loaded, .reconcile, false),
            (.reconcile, .ended("done"), .done, false),
            // An answer to another question.
            (.done, .ended("again"), .done, false), (.describe, .loaded, .describe, false), (.pages, .unfinished, .pages, true),
            (.wait, .loaded, .wait, true),
        ] as [(ReadProgress.Phase, ReadProgress.Answer, ReadProgress.Phase, Bool)])
    func steps(phase: ReadProgress.Phase, answer: ReadProgress.Answer, next: ReadProgress.Phase, waits: Bool) {
        let progress = Self.start(phase).after(answer)
        #expect(progress.phase == next)
        #expect((progress.pause != nil) == waits)
    }

    @Test("a query that was too much becomes two, each of which is made, waited for and paged, and pages are waited for once")
    func slices() {
        var progress = Self.start().after(.made(bulkJobID: "A", at: Self.moment))
        progress = progress.after(.tooMuch([ReadRange(through: "M"), ReadRange(after: "M")]))
        #expect(progress.slices.map(\.range) == [ReadRange(through: "M"), ReadRange(after: "M")])
        #expect(progress.bulkJobIDs.isEmpty)
        progress = progress.after(.made(bulkJobID: "B", at: Self.moment + 60)).after(.complete(rows: 50, at: Self.moment + 100, calls: 1))
        #expect(progress.phase == .query && progress.slice == 1)
        progress = progress.after(.made(bulkJobID: "C", at: Self.moment + 90)).after(.unfinished).after(
            .complete(rows: 50, at: Self.moment + 100, calls: 1))
        #expect(progress.phase == .pages)
        #expect(progress.bulkJobIDs == ["B", "C"])
        // What was committed between the first query and the last is read again by the next poll.
        #expect(progress.startedAt == Self.moment)
    }

    @Test("rows, rate and time left are told while pages are loaded")
    func rates() {
        let waiting = Self.start().after(.made(bulkJobID: "A", at: Self.moment)).after(.complete(rows: 1000, at: Self.moment, calls: 1))
        let loading = waiting.after(.loading(rows: 400, bytes: 4000, at: Self.moment + 20))
        #expect(loading.rows == 400 && loading.bytes == 4000 && loading.rowsPerSecond == 20 && loading.secondsLeft == 30)
        #expect(waiting.after(.loading(rows: 0, bytes: 0, at: Self.moment)).rowsPerSecond == nil)
    }

    @Test("the pause grows from look to look, to ten seconds, and begins anew with the next slice")
    func pauses() {
        var progress = Self.start().after(.made(bulkJobID: "A", at: Self.moment))
        var pauses: [Duration] = []
        for _ in 0..<10 {
            pauses.append(progress.pause ?? .zero)
            progress = progress.after(.unfinished)
        }
        #expect(pauses.first == .milliseconds(50) && pauses.last == .seconds(10))
        #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(
            progress.after(.tooMuch([ReadRange(), ReadRange()])).after(.made(bulkJobID: "B", at: Self.moment)).pause == .milliseconds(50))
    }

    @Test("what is saved is what is read")
    func codable() throws {
        var progress = Self.start().after(.made(bulkJobID: "A", at: Self.moment)).after(
            .complete(rows: 50, at: Self.moment + 100, calls: 1))
        progress.blocksPolls = true
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        #expect(try decoder.decode(ReadProgress.self, from: encoder.encode(progress)) == progress)
    }

    @Test("a checkpoint keeps when Salesforce was asked to the microsecond; one of an earlier version has the second")
    func asked() throws {
        let moment = Date(timeIntervalSince1970: 1_795_977_941.25)
        let (encoder, decoder) = (JSONEncoder(), JSONDecoder())
        (encoder.dateEncodingStrategy, decoder.dateDecodingStrategy) = (.iso8601, .iso8601)
        let kept = try encoder.encode(ReadProgress(phase: .query, readAt: moment))
        #expect(try decoder.decode(ReadProgress.self, from: kept).askedAt == moment)
        var earlier = try #require(try JSONSerialization.jsonObject(with: kept) as? [String: Any])
        earlier["readAtFraction"] = nil
        let read = try decoder.decode(ReadProgress.self, from: try JSONSerialization.data(withJSONObject: earlier))
        #expect(read.askedAt == Date(timeIntervalSince1970: 1_795_977_941))
    }
}

@Suite("The records that one query asks for")
struct ReadRangeTests {
    private static func at(_ seconds: TimeInterval) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

    @Test("are named by stamps and by ids")
    func conditions() throws {
        #expect(try ReadRange().condition(stamp: "SystemModstamp") == nil)
        #expect(
            try ReadRange(from: Self.at(0), before: Self.at(60)).condition(stamp: "SystemModstamp")
                == "SystemModstamp >= 2027-01-15T08:00:00Z AND SystemModstamp < 2027-01-15T08:01:00Z")
        #expect(
            try ReadRange(after: "001000000000001", through: "001000000000009").condition(stamp: nil)
                == "Id > '001000000000001AAA' AND Id <= '001000000000009AAA'")
    }

    @Test("of a stretch of time are cut in its middle, without a gap, until a second is left")
    func time() throws {
        var ranges = [ReadRange(from: Self.at(0))]
        var cut = 0
        while let place = ranges.firstIndex(where: { $0.halves(until: Self.at(64), first: nil, last: nil) != nil }) {
            ranges.replaceSubrange(place...place, with: ranges[place].halves(until: Self.at(64), first: nil, last: nil)!)
            cut += 1
        }
        #expect(cut == 63)
        #expect(ranges.first?.from == Self.at(0) && ranges.last?.before == nil)
        #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.before == $1.from })
    }

    @Test("by id are cut between the least and the greatest")
    func ids() throws {
        let parts = try #require(ReadRange().halves(until: nil, first: "001000000000000AAA", last: "00100000000000zAAA"))
        #expect(parts == [ReadRange(through: "00100000000000U"), ReadRange(after: "00100000000000U")])
        #expect(ReadRange(after: "001000000000001", through: "001000000000002").halves(until: nil, first: nil, last: nil) == nil)
        #expect(ReadRange().halves(until: nil, first: nil, last: nil) == nil)
    }

    @Test(
        "ids are counted as Salesforce compares them: digits, capitals, small letters",
        arguments: ["001000000000000", "001zzzzzzzzzzzz", "a0Bxx0000004C92"])
    func keys(id: String) throws {
        let number = try #require(RecordKey.number(id))
        #expect(RecordKey.text(number) == id)
        #expect(RecordKey.text(number + 1) > id)
    }
}

@Suite("The first line of a result page")
struct ResultHeaderTests {
    /// The page's bytes, how many a chunk has, and what is said of them.
    @Test(
        "is held against the fields that were asked for",
        arguments: [
            ("\"Id\",\"Name\",\"Account.Name\"\n\"1\",\"2\"\n", 4, nil), ("Id,Name,Account.Name\r\n1,2,3\n", 100, nil),
            ("id,NAME,account.name\n", 1, nil),
            ("\"Id\",\"Account.Name\",\"Name\"\n", 5, "expected Name in place 2 of 3, found Account.Name"),
            ("\"Id\",\"Name\"\n", 5, "expected Account.Name in place 3 of 3, found nothing"),
            ("\"Id\",\"Name\",\"Account.Name\",\"Phone\"\n", 5, "expected nothing in place 4 of 3, found Phone"), ("", 1, nil),
        ] as [(String, Int, String?)])
    func columns(page: String, chunk: Int, problem: String?) {
        var header = ResultHeader(expecting: ["Id", "Name", "Account.Name"])
        var said: String?
        let bytes = Array(page.utf8)
        do {
            for start in stride(from: 0, to: bytes.count, by: chunk) {
                try bytes[start..<min(start + chunk, bytes.count)].withUnsafeBytes { try header.check($0) }
            }
        } catch {
            said = "\(error)"
        }
        if let problem { #expect(said?.contains(problem) == true, "\(said ?? "nothing said")") } else { #expect(said == nil) }
    }

    /// The page's bytes, how many rows were promised, and what is said at its end.
    @Test(
        "must be there: what has none is no page, though a page without rows may be nothing",
        arguments: [
            ("Id,Name\n1,2\n", nil, nil), ("Id,Name\n", 0, nil), ("Id,Name", 0, nil), ("Id,Name", nil, nil), ("", 0, nil),
            ("", nil, "expected Id in place 1 of 2, found "), ("", 3, "expected Id in place 1 of 2, found "),
            ("<html><body>We are down for maintenance.</body></html>", nil, "expected Id in place 1 of 2, found <html>"),
            ("<html></html>", 0, "expected Id in place 1 of 2, found <html>"),
        ] as [(String, Int?, String?)])
    func missing(page: String, promised: Int?, problem: String?) {
        var header = ResultHeader(expecting: ["Id", "Name"])
        var said: String?
        do {
            try Array(page.utf8).withUnsafeBytes { try header.check($0) }
            try header.finish(promised: promised)
        } catch {
            said = "\(error)"
        }
        if let problem { #expect(said?.contains(problem) == true, "\(said ?? "nothing said")") } else { #expect(said == nil) }
    }
}
