import Foundation
import Testing

@Suite("The short run of scripts/chaos")
struct ChaosTests {
    @Test("queue: ten kills, two freezes and a fault of Postgres lose no job, and none is completed twice")
    func queue() async throws { try await chaos("queue --short", within: .seconds(180)) }

    /// Runs the script and expects it to find nothing.
    private func chaos(_ arguments: String, within limit: Duration) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let chaos = try ProcessUnderTest(
            "/bin/bash", ["-c", "cd \"$0\" && exec scripts/chaos \(arguments) >&2", root.path(percentEncoded: false)], environment: [:])
        do {
            let status = try await chaos.exitStatus(within: limit)
            #expect(status == 0, "\(chaos.errors)")
        } catch {
            chaos.send(SIGTERM)
            _ = try? await chaos.exitStatus(within: .seconds(30))
            throw error
        }
    }
}
