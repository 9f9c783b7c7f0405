import Testing

@testable import JobQueue

@Suite("When sweeping dead rows is worth it")
struct SweepPlanTests {
    private typealias Look = SweepPlan.Look
    /// A look, what it decides, and what a sweep that follows leaves.
    private typealias Step = (look: Look, sweeps: Bool, leaves: Int)

    private static let many = SweepPlan.manyDeadRows

    @Test("few dead rows are not, many are")
    func number() {
        check([(Look(dead: Self.many, horizon: nil), false, 0), (Look(dead: Self.many + 1, horizon: nil), true, 0)])
    }

    @Test("while the transaction is open that the last sweep met, none is, and one is at once when it has ended")
    func held() {
        check([
            (Look(dead: 60_000, horizon: "700"), true, 60_000), (Look(dead: 1_000_000, horizon: "700"), false, 0),
            (Look(dead: 9_000_000, horizon: "700"), false, 0), (Look(dead: 9_000_000, horizon: "950"), true, 3000),
            (Look(dead: 40_000, horizon: "990"), false, 0), (Look(dead: 60_000, horizon: "999"), true, 0),
        ])
    }

    @Test("where what holds them cannot be seen, what was left must double, and it is forgotten when it goes by itself")
    func unseen() {
        check([
            (Look(dead: 60_000, horizon: nil), true, 60_000), (Look(dead: 170_000, horizon: nil), false, 0),
            (Look(dead: 170_001, horizon: "800"), true, 170_001), (Look(dead: 390_000, horizon: "810"), false, 0),
            (Look(dead: 1000, horizon: "820"), false, 0), (Look(dead: 52_001, horizon: "830"), true, 0),
        ])
    }

    @Test("a sweep that took most of it away keeps none from the next, whatever is open still")
    func littleLeft() {
        check([(Look(dead: 60_000, horizon: "700"), true, 2000), (Look(dead: 60_000, horizon: "700"), true, 0)])
    }

    private func check(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
        var plan = SweepPlan()
        for (number, step) in steps.enumerated() {
            #expect(plan.wantsSweep(step.look) == step.sweeps, "step \(number)", sourceLocation: sourceLocation)
            if step.sweeps { plan.note(sweptAfter: step.look, left: step.leaves) }
        }
    }
}
