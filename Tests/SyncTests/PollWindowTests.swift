import Foundation
import Testing

@testable import Sync

@Suite("The window of a poll")
struct PollWindowTests {
    private static func at(_ seconds: TimeInterval) -> Date { Date(timeIntervalSince1970: 1_800_000_000 + seconds) }

    @Test("begins ten minutes before the watermark: the longest that a stamp lies behind its commit", arguments: [0, 1, -600, 86_400])
    func lower(seconds: Double) {
        #expect(PollWindow.lower(watermark: Self.at(seconds)) == Self.at(seconds - 600))
    }

    @Test(
        "ends at Salesforce's clock, and never before the watermark",
        arguments: [(0, 60, 60), (0, 0, 0), (0, -1, 0), (0, -86_400, 0), (0, nil, 0), (100, 99.5, 100), (0, 0.4, 0.4)]
            as [(Double, Double?, Double)])
    func upper(watermark: Double, server: Double?, upper: Double) {
        #expect(PollWindow.upper(watermark: Self.at(watermark), serverTime: server.map(Self.at)) == Self.at(upper))
    }

    @Test(
        "of one poll after the other leave no gap, whatever the server's clock does",
        arguments: [[1, 2, 3], [10, 5, 20], [nil, 7, nil], [700, 0, 1400]] as [[Double?]])
    func noGap(servers: [Double?]) {
        var watermark = Self.at(0)
        for server in servers {
            let next = PollWindow.upper(watermark: watermark, serverTime: server.map(Self.at))
            #expect(next >= watermark)
            #expect(PollWindow.lower(watermark: next) <= next.addingTimeInterval(-PollWindow.overlap))
            watermark = next
        }
    }
}
