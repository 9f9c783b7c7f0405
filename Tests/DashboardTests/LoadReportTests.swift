import Testing
import WebServer

@testable import Dashboard

@Suite("How far a load is")
struct LoadReportTests {
    @Test("rate and time left follow from rows and seconds")
    func rate() {
        let report = LoadReport(rows: 3000, expected: 12_000, seconds: 30)
        #expect(report.rate == 100)
        #expect(report.left == 90)
        #expect(report.html.text.contains("100 rows/s, about 90 s left"))
    }

    @Test("nothing is promised before there is anything to measure, nor behind the end")
    func unknown() {
        #expect(LoadReport(rows: 0, expected: 100, seconds: 10).rate == nil)
        #expect(LoadReport(rows: 10, expected: nil, seconds: 10).left == nil)
        #expect(LoadReport(rows: 110, expected: 100, seconds: 10).left == nil)
        #expect(LoadReport(rows: 10, expected: nil, seconds: 10).html.text.contains("10 rows so far"))
    }
}
