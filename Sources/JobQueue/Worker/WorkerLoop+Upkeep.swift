import Logging

/// What a worker does beside its jobs: heartbeat, renewal, rescue and sweeping.
extension WorkerLoop {
    /// Renewal and heartbeat, every third of a lease; rescue and sweeping beside them.
    func keepUp() async {
        var lastRenewal = ContinuousClock.now
        // They end with this function.
        async let _ = sweepDeadRows()
        async let _ = rescue()
        async let _ = followUnserved()
        while !Task.isCancelled {
            do {
                // The heartbeat says that the leases are good too: others look for the jobs of whoever was not heard of.
                try await renew()
                try await registration.beat(queue.pool)
                lastRenewal = .now
            } catch {
                if Task.isCancelled { return }
                logger.warning("Upkeep failed", metadata: ["error": "\(error)"])
                if ContinuousClock.now - lastRenewal > configuration.lease {
                    // Nothing could be renewed for a whole lease: whatever runs here is running elsewhere by now.
                    _ = slots.dropAll()
                    for task in running.values { task.cancel() }
                }
            }
            try? await clock.sleep(for: configuration.lease / 3)
        }
    }

    /// Beside the heartbeat: a look at all that runs may take longer than a lease.
    private func rescue() async {
        var rescuer = Rescuer(queue: queue, lease: configuration.lease)
        while !Task.isCancelled {
            do {
                let rescued = try await rescuer.rescue(held: running.keys.map(\.jobID))
                metrics.rescued(rescued)
                if rescued > 0 { logger.warning("Took jobs from dead or hung workers", metadata: ["jobs": "\(rescued)"]) }
            } catch {
                if !Task.isCancelled { logger.warning("Lost jobs could not be looked for", metadata: ["error": "\(error)"]) }
            }
            try? await clock.sleep(for: configuration.lease / 3)
        }
    }

    /// Beside the heartbeat: a look may wait for databases that do not answer.
    private func followUnserved() async {
        while !Task.isCancelled {
            try? await clock.sleep(for: configuration.lease / 3)
            await lookAtUnserved()
        }
    }

    /// Beside the heartbeat: a sweep may take longer than a lease.
    private func sweepDeadRows() async {
        var plan = SweepPlan()
        while !Task.isCancelled {
            try? await clock.sleep(for: configuration.lease / 3 * Double.random(in: 0.8...1.2))
            do {
                try await queue.sweepDeadRows(&plan)
            } catch {
                logger.debug("Dead rows were not swept", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Learns at once of a job that somebody wants to end.
    func renewNow() async {
        do {
            try await renew()
        } catch {
            logger.warning("A request to cancel could not be looked at; it is with the next renewal", metadata: ["error": "\(error)"])
        }
    }

    private func renew() async throws {
        let held = Array(running.keys) + slots.waiting.map(\.lease)
        let (lost, cancelRequested) = try await queue.renew(held, for: configuration.lease)
        slots.drop { lost.contains($0.lease) }
        for lease in lost {
            // A job that ended while the statement ran is not held any more, and not lost either.
            guard let task = running[lease], !ending.contains(lease) else { continue }
            logger.warning("A lease was lost", metadata: ["job": "\(lease.jobID)"])
            metrics.lostLease()
            task.cancel()
        }
        for lease in cancelRequested {
            cancelled.insert(lease)
            running[lease]?.cancel()
        }
    }
}
