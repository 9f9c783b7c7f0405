import Testing

@testable import Salesforce

@Suite("What is sent after a renewal that was interrupted")
struct LogInStepTests {
    @Test("a refresh token that may be spent is sent only when the org says that it is good, or when there is no other way to find out")
    func steps() {
        func step(_ mayRotate: Bool, _ isInterrupted: Bool, _ isGood: Bool?, _ canFallBack: Bool) -> LogIn.Step {
            LogIn.Step(mayRotate: mayRotate, isInterrupted: isInterrupted, isGood: isGood, canFallBack: canFallBack)
        }
        for canFallBack in [true, false] {
            for isGood in [true, false, nil] {
                #expect(step(false, true, isGood, canFallBack) == .present)
                #expect(step(false, false, isGood, canFallBack) == .present)
                #expect(step(true, false, isGood, canFallBack) == .present)
            }
            #expect(step(true, true, true, canFallBack) == .present)
        }
        #expect(step(true, true, false, true) == .fallBack)
        #expect(step(true, true, nil, true) == .fallBack)
        #expect(step(true, true, false, false) == .giveUp)
        #expect(step(true, true, nil, false) == .presentUnknown)
    }
}
