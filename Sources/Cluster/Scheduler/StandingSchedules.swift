import Catalog
import JobQueue

/// The schedules that every cluster has; the scheduler that leads sees to it that they are there. People may pause them in the table.
enum StandingSchedules {
    static func all() throws -> [Schedule] {
        [
            Schedule(name: "prune", timing: .every(.seconds(60)), job: try .housekeeping(.prune)),
            Schedule(name: "unclaimed", timing: .every(.seconds(3600)), job: try .housekeeping(.unclaimed)),
        ]
    }
}
