import Foundation
import Testing

@Suite("The short run of scripts/chaos")
struct ChaosTests {
    @Test("queue: ten kills, two freezes and a fault of Postgres lose no job, and none is completed twice")
    func queue() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let chaos = try ProcessUnderTest(
            "/bin/bash", ["-c", "cd \"$0\" && exec scripts/chaos queue --short >&2", root.path(percentEncoded: false)], environment: [:])
        do {
            let status = try await chaos.exitStatus(within: .seconds(180))
            #expect(status == 0, "\(chaos.errors)")
        } catch {
            chaos.send(SIGTERM)
            _ = try? await chaos.exitStatus(within: .seconds(30))
            throw error
        }
    }
}
