import Testing

@testable import JobQueue

@Suite("When sweeping dead rows is worth it")
struct SweepPlanTests {
    private typealias Look = SweepPlan.Look
    /// A look, what it decides, and what a sweep that follows leaves.
    private typealias Step = (look: Look, sweep: SweepPlan.Pace?, leaves: Int)

    private static let many = SweepPlan.manyDeadRows

    @Test("few dead rows are not, many are")
    func number() {
        check([(Look(dead: Self.many, horizon: nil), nil, 0), (Look(dead: Self.many + 1, horizon: nil), .full, 0)])
    }

    @Test("while the transaction is open that the last sweep met, none is, and one is at once when it has ended")
    func held() {
        check([
            (Look(dead: 60_000, horizon: "700"), .full, 60_000), (Look(dead: 1_000_000, horizon: "700"), nil, 0),
            (Look(dead: 9_000_000, horizon: "700"), nil, 0), (Look(dead: 9_000_000, horizon: "950"), .gentle, 3000),
            (Look(dead: 40_000, horizon: "990"), nil, 0), (Look(dead: 60_000, horizon: "999"), .full, 0),
        ])
    }

    @Test("where what holds them cannot be seen, what was left must double, and it is forgotten when it goes by itself")
    func unseen() {
        check([
            (Look(dead: 60_000, horizon: nil), .full, 60_000), (Look(dead: 170_000, horizon: nil), nil, 0),
            (Look(dead: 170_001, horizon: "800"), .full, 170_001), (Look(dead: 390_000, horizon: "810"), nil, 0),
            (Look(dead: 1000, horizon: "820"), nil, 0), (Look(dead: 52_001, horizon: "830"), .full, 0),
        ])
    }

    @Test("a sweep that took most of it away keeps none from the next, whatever is open still")
    func littleLeft() {
        check([(Look(dead: 60_000, horizon: "700"), .full, 2000), (Look(dead: 60_000, horizon: "700"), .full, 0)])
    }

    @Test("a thousand are once a minute, but for what an old transaction keeps")
    func seldom() {
        let start = ContinuousClock.now
        var plan = SweepPlan(start: start)
        let look = Look(dead: 1001, horizon: "700")
        #expect(plan.sweep(after: look, now: start + .seconds(59)) == nil)
        #expect(plan.sweep(after: Look(dead: 1000, horizon: nil), now: start + .seconds(60)) == nil)
        #expect(plan.sweep(after: look, now: start + .seconds(60)) == .full)
        plan.note(sweptAfter: look, left: 0, now: start + .seconds(60))
        #expect(plan.sweep(after: look, now: start + .seconds(119)) == nil)
        #expect(plan.sweep(after: look, now: start + .seconds(120)) == .full)
        plan.note(sweptAfter: look, left: 1001, now: start + .seconds(120))
        #expect(plan.sweep(after: Look(dead: 40_000, horizon: "700"), now: start + .seconds(300)) == nil)
    }

    private func check(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
        var plan = SweepPlan()
        for (number, step) in steps.enumerated() {
            #expect(plan.sweep(after: step.look) == step.sweep, "step \(number)", sourceLocation: sourceLocation)
            if step.sweep != nil { plan.note(sweptAfter: step.look, left: step.leaves) }
        }
    }
}
