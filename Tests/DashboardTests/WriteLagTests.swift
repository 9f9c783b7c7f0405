import Catalog
import Testing
import WebServer

@testable import Dashboard

@Suite("The lag of writing")
struct WriteLagTests {
    private func card(_ lag: WriteLag, _ state: ConnectionState, _ mode: WriteSwitches.Mode = .on) -> String {
        lag.card(SyncHalt(state, writes: mode)).html.text
    }

    @Test(
        "alarms when the oldest change waits too long in a connection that works, or that failed",
        arguments: [
            ConnectionState.idle, .busy, .pollingDBChanges, .recovery, .unauthorized, .systemError, .dbUnavailable,
        ])
    func late(_ state: ConnectionState) {
        #expect(card(.seconds(301), state).contains("alarming"))
        #expect(!card(.seconds(300), state).contains("alarming"))
        #expect(card(.seconds(301), state).contains("oldest change that waits"))
    }

    @Test(
        "does not alarm where nothing is to be written, and says why",
        arguments: [
            (ConnectionState.paused, WriteSwitches.Mode.on, "the connection is paused"), (.idle, .paused, "writing is paused"),
            (.idle, .dryRun, "a dry run"), (.paused, .paused, "the connection is paused"), (.systemOnIce, .on, "the connection is on ice"),
            (.needAuthentication, .on, "the connection needs authorization"),
        ])
    func halted(_ state: ConnectionState, _ mode: WriteSwitches.Mode, _ reason: String) {
        #expect(!card(.seconds(90_000), state, mode).contains("alarming"))
        #expect(card(.seconds(90_000), state, mode).contains(reason))
    }

    @Test("of a database that does not answer alarms in every state")
    func unknown() {
        #expect(card(.unknown, .paused).contains("alarming"))
        #expect(card(.none, .paused).contains("nothing waits"))
    }
}
