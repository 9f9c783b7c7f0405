import JobQueue
import Synchronization

/// Raised once when the process is told to stop; wakes the loop that waits on the signal.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    private let signal: WakeSignal

    init(signal: WakeSignal) {
        self.signal = signal
    }

    var isRaised: Bool { flag.load(ordering: .acquiring) }

    func raise() {
        flag.store(true, ordering: .releasing)
        signal.raise()
    }
}
