import Foundation
import Testing

@testable import Postgres

@Suite("An interrupt")
struct PostgresInterruptTests {
    @Test("ends a wait from another thread")
    func endsAWait() async throws {
        let interrupt = try PostgresInterrupt()
        Thread { interrupt.raise() }.start()
        #expect(interrupt.wait(socket: -1, events: 0, until: .now + .seconds(20)) == .interrupt)
        #expect(interrupt.isRaised)
        interrupt.lower()
        #expect(interrupt.wait(socket: -1, events: 0, until: .now) == .deadline)
    }

    @Test("lowered while it was being raised leaves nothing that would end a later wait")
    func raceLeavesNothing() async throws {
        for _ in 0..<2000 {
            let interrupt = try PostgresInterrupt()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { interrupt.raise() }
                group.addTask { interrupt.lower() }
            }
            interrupt.lower()
            #expect(interrupt.wait(socket: -1, events: 0, until: .now) == .deadline)
        }
    }
}
