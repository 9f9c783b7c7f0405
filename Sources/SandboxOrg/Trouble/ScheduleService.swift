import ServiceLifecycle

/// Waits for what is scheduled by time, and does it.
struct ScheduleService: Service {
    let schedule: CallSchedule
    let admin: AdminRoutes

    func run() async throws {
        let schedule = schedule
        let admin = admin
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for await entry in schedule.timed {
                    guard case .seconds(let seconds) = entry.time else { continue }
                    group.addTask {
                        guard (try? await Task.sleep(for: .seconds(seconds))) != nil, schedule.holds(entry) else { return }
                        schedule.note(await admin.respond(entry.call), to: entry)
                    }
                }
                group.cancelAll()
            }
        }
    }
}
