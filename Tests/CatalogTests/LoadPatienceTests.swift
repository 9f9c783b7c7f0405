import Catalog
import Foundation
import JobQueue
import Testing

@Suite("How long a load is tried")
struct LoadPatienceTests {
    @Test("a load and its pages outlive an outage of a day, and a job that somebody waits for does not")
    func day() throws {
        let load = try NewJob.load(UUID(), connectionID: UUID(), reason: .reload)
        let page = try NewJob.loadPage(
            LoadPage(number: 0, locator: nil), loadJobID: 1, bulkJobID: "750", mappingID: UUID(), connectionID: UUID())
        for job in [load, page] {
            let patience = (1..<job.maxAttempts).map { JobQueue.backoff(afterAttempt: $0) }.reduce(Duration.zero, +)
            #expect(patience > .seconds(24 * 3600))
        }
        #expect(try NewJob.poll(UUID(), connectionID: UUID()).maxAttempts == 10)
    }
}
