import Foundation
import Testing

@testable import Sync

@Suite("The window of a poll")
struct PollWindowTests {
    private static func at(_ seconds: TimeInterval) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

    /// The watermark, the end of the last wide window, the lower end, and whether the window is wide.
    @Test(
        "reaches back ten minutes behind the last one that did, and half a minute in between",
        arguments: [
            (0, nil, -600, true), (0, 0, -30, false), (59, 0, 29, false), (60, 0, -600, true), (3600, 0, -600, true), (0, 100, -600, true),
        ] as [(Double, Double?, Double, Bool)])
    func window(watermark: Double, complete: Double?, lower: Double, isWide: Bool) {
        let window = PollWindow.after(watermark: Self.at(watermark), complete: complete.map(Self.at))
        #expect(window == PollWindow(lower: Self.at(lower), isWide: isWide))
    }

    @Test(
        "ends at Salesforce's clock, and never before the watermark",
        arguments: [(0, 60, 60), (0, 0, 0), (0, -1, 0), (0, -86_400, 0), (0, nil, 0), (100, 99.5, 100), (0, 0.4, 0.4)]
            as [(Double, Double?, Double)])
    func upper(watermark: Double, server: Double?, upper: Double) {
        #expect(PollWindow.upper(watermark: Self.at(watermark), serverTime: server.map(Self.at)) == Self.at(upper))
    }

    @Test("of one poll after the other leave no commit out, however late it was", arguments: [10, 45, 60, 120, 600, 3600] as [Double])
    func noGap(interval: Double) {
        var (watermark, complete) = (Self.at(0), Self.at(0))
        for poll in 1...100 {
            let server = Self.at(Double(poll) * interval)
            let window = PollWindow.after(watermark: watermark, complete: complete)
            #expect(window.lower <= watermark)
            // Whatever was committed since the last wide window is stamped ten minutes before that at the earliest.
            if window.isWide { #expect(window.lower <= complete.addingTimeInterval(-PollWindow.overlap)) }
            watermark = PollWindow.upper(watermark: watermark, serverTime: server)
            if window.isWide { complete = watermark }
            #expect(watermark.timeIntervalSince(complete) < PollWindow.wideEvery + interval)
        }
    }
}
