import Foundation

/// How far a read has come that does not end within one run of its job: a load, a reload, the filling of new columns, a poll of very many rows. What
/// Salesforce or Postgres answers moves it on; it is the job's checkpoint. A value without I/O.
struct ReadProgress: Codable, Sendable, Equatable {
    /// What is to be done next.
    enum Phase: String, Codable, Sendable {
        /// The object is described, and the table brought to its shape.
        case describe
        /// The slice's query is made.
        case query
        /// Salesforce works on it.
        case wait
        /// The pages of all slices are loaded, by jobs of their own.
        case pages
        /// What the org no longer has goes, the watermark moves, the job ends.
        case reconcile
        /// Nothing.
        case done
    }

    /// One query of the read. There is one, unless Salesforce found it too much.
    struct Slice: Codable, Sendable, Equatable {
        var range: ReadRange
        /// Salesforce's id of the query job; nil until it is made.
        var bulkJobID: String?
    }

    /// What was answered.
    enum Answer: Sendable, Equatable {
        /// The table is ready; pages of a fresh one go into it without a stage.
        case described(isFresh: Bool)
        /// The query was made, at this moment of Salesforce's clock.
        case made(bulkJobID: String, at: Date)
        /// Salesforce is not done yet.
        case unfinished
        /// Pages are loaded, so many rows so far, by this moment.
        case loading(rows: Int, bytes: Int, at: Date)
        /// Salesforce has the slice's result, of so many rows, by this moment; listing its pages took some calls.
        case complete(rows: Int, at: Date, calls: Int)
        /// Salesforce gave the slice up as too much, and these are its parts.
        case tooMuch([ReadRange])
        /// Every page is loaded.
        case loaded
        /// The rows were read by REST, and wait in the stage.
        case staged(rows: Int, bytes: Int, at: Date)
        /// All is committed.
        case ended(String)
    }

    /// More queries than this are no longer a matter of their size.
    static let mostSlices = 256
    /// Numbers of pages a slice, so that each slice can number its own.
    static let pagesPerSlice = 1_000_000

    var phase: Phase
    var slices: [Slice]
    /// The slice that is asked for.
    var slice = 0
    /// Looks at what is waited for, so far: the pause between two grows with them.
    var looks = 0
    /// The second in which Salesforce was asked: checkpoints have whole ones.
    private let readAt: Date
    /// What part of that second was over; nil in checkpoints of an earlier version.
    private let readAtFraction: TimeInterval?
    /// When the first query was made, by Salesforce's clock: the watermark once all is done.
    var startedAt: Date?
    /// Whether only ids are read, into the stage.
    var isOfIDs = false
    /// Whether polls of the mapping wait; absent otherwise, so that its presence tells.
    var blocksPolls: Bool?
    /// Present where values are staged for a comparison and nothing is merged: no other read waits for such a one.
    var comparesValues: Bool?
    /// The mapping's watermarks before a comparison began.
    var watermark: Date?
    var completeWatermark: Date?
    /// Calls to Salesforce so far, without those for pages; nil in checkpoints of an earlier version.
    var calls: Int?
    /// Whether the table was empty: then pages go into it without a stage.
    var isFresh = false
    /// Whether the rows came by REST, all of them into the stage.
    var isStaged = false
    /// Rows of the pages so far.
    var rows = 0
    /// Bytes of the pages so far.
    var bytes = 0
    /// Rows that Salesforce has found, over all slices.
    var expectedRows = 0
    /// Since when pages are loaded.
    var pagesSince: Date?
    /// Rows loaded a second; nil until there are some.
    var rowsPerSecond: Int?
    /// How long the other pages take at this rate.
    var secondsLeft: Int?
    /// How far the delete log was read, of a poll.
    var deletesUntil: Date?
    /// Why the delete log could not be read: then a poll is not done when its rows are.
    var deletesFailure: String?
    /// Whether the window of a poll reaches back as far as a transaction can last.
    var isWide = true
    /// What came of it.
    var outcome: String?

    init(phase: Phase, range: ReadRange = ReadRange(), readAt: Date) {
        self.phase = phase
        let second = readAt.timeIntervalSince1970.rounded(.down)
        (self.readAt, readAtFraction) = (Date(timeIntervalSince1970: second), readAt.timeIntervalSince1970 - second)
        slices = [Slice(range: range)]
    }

    /// When Salesforce was asked, by the target database's clock: what was written after that is not among the rows.
    var askedAt: Date { readAt.addingTimeInterval(readAtFraction ?? 0) }

    /// Salesforce's ids of the queries whose pages are this read's.
    var bulkJobIDs: [String] { slices.compactMap(\.bulkJobID) }

    /// Whether the next step may be done at once; otherwise the job waits this long without a slot.
    var pause: Duration? {
        switch phase {
        case .describe, .query, .reconcile, .done: nil
        // A twentieth of a second at first, growing to ten seconds; nobody waits for a comparison, and each look is a call.
        case .wait: min(.milliseconds(50 * (1 << min(looks, 9))), comparesValues == true ? .seconds(60) : .seconds(10))
        // The last page wakes its load.
        case .pages: .seconds(10)
        }
    }

    /// Moves on; an answer to another question than the one that was asked changes nothing.
    func after(_ answer: Answer) -> ReadProgress {
        var next = self
        switch (phase, answer) {
        case (.describe, .described(let isFresh)):
            next.isFresh = isFresh
            next.phase = .query
        case (.query, .made(let id, let moment)):
            next.slices[slice].bulkJobID = id
            next.startedAt = startedAt ?? moment
            next.looks = 0
            next.calls = (calls ?? 0) + 1
            next.phase = .wait
        case (.query, .staged(let rows, let bytes, let moment)):
            (next.rows, next.bytes, next.isStaged, next.startedAt) = (rows, bytes, true, moment)
            next.phase = .reconcile
        case (.query, .tooMuch(let parts)), (.wait, .tooMuch(let parts)):
            next.slices.replaceSubrange(slice...slice, with: parts.map { Slice(range: $0) })
            next.phase = .query
        case (.wait, .unfinished):
            next.looks += 1
            next.calls = (calls ?? 0) + 1
        case (.pages, .loading(let rows, let bytes, let moment)):
            next.looks += 1
            next.measure(rows: rows, bytes: bytes, at: moment)
        case (.wait, .complete(let rows, let moment, let listing)):
            next.looks = 0
            next.calls = (calls ?? 0) + 1 + listing
            next.expectedRows += rows
            next.pagesSince = moment
            let isLast = slice == slices.count - 1
            next.slice = isLast ? slice : slice + 1
            next.phase = isLast ? .pages : .query
        case (.pages, .loaded):
            next.phase = .reconcile
        case (.reconcile, .ended(let outcome)):
            next.outcome = outcome
            next.phase = .done
        default: break
        }
        return next
    }

    private mutating func measure(rows: Int, bytes: Int, at moment: Date) {
        (self.rows, self.bytes) = (rows, bytes)
        guard let since = pagesSince, rows > 0, moment > since else { return }
        let rate = max(1, Int(Double(rows) / moment.timeIntervalSince(since)))
        rowsPerSecond = rate
        secondsLeft = max(0, expectedRows - rows) / rate
    }
}
