public import Catalog
import JobQueue
public import Logging
public import Prometheus
import WebServer

extension Collector {
    /// The cluster as a whole, as its database has it: the same from every process, and asked at most every five seconds, so that scrapes of
    /// many processes cost next to nothing. While the database does not answer, only that is told.
    public static func cluster(_ catalog: CatalogStore, logger: Logger) -> Collector {
        Collector(pause: .seconds(5)) {
            do {
                let statistics = try await JobQueue(pool: catalog.pool).statistics()
                let usage = try await catalog.usageToday(limit: 200)
                return [isUp(true)] + queue(statistics) + database(statistics) + processes(statistics) + salesforce(usage)
            } catch {
                logger.warning("The metrics of the cluster could not be read", metadata: ["error": "\(error)"])
                return [isUp(false)]
            }
        }
    }

    private static func isUp(_ isUp: Bool) -> MetricFamily {
        gauge("sluice_database_up", "Whether the control database answered the last look.", isUp ? 1 : 0)
    }

    private static func queue(_ statistics: QueueStatistics) -> [MetricFamily] {
        let depths = statistics.depths
        return [
            MetricFamily(
                name: "sluice_queue_jobs", help: "Live jobs: ready to run, scheduled for later, running.", kind: .gauge,
                samples: depths.flatMap { depth in
                    [("ready", depth.ready), ("scheduled", depth.scheduled), ("running", depth.running)].map { state, count in
                        .init(Double(count), labels: [.init("kind", depth.kind), .init("state", state)])
                    }
                }),
            MetricFamily(
                name: "sluice_queue_oldest_ready_seconds", help: "How long the oldest job that is ready has been waiting.", kind: .gauge,
                samples: depths.map { .init($0.oldestReady, labels: [.init("kind", $0.kind)]) }),
            gauge(
                "sluice_queue_is_estimated", "Whether the counts of waiting jobs are estimates, because there are very many.",
                statistics.isEstimated ? 1 : 0),
            gauge("sluice_queue_failed_jobs", "Jobs that gave up and are still kept, counted to 10,000.", Double(statistics.failed)),
            gauge("sluice_workers_wanted", "Workers that the queue has work for.", Double(statistics.workersWanted)),
            gauge("sluice_schedules_delay_seconds", "How late the latest recurring job is.", statistics.scheduleDelay),
        ]
    }

    private static func database(_ statistics: QueueStatistics) -> [MetricFamily] {
        [
            gauge(
                "sluice_database_oldest_snapshot_transactions",
                "Age of the oldest snapshot (xmin), which keeps dead rows from being swept away.", Double(statistics.oldestSnapshot)),
            gauge("sluice_database_longest_transaction_seconds", "The longest open transaction.", statistics.longestTransaction),
            gauge("sluice_jobs_table_live_rows", "Rows of the jobs table, by the server's statistics.", Double(statistics.liveRows)),
            gauge("sluice_jobs_table_dead_rows", "Dead rows of the jobs table that are not swept away yet.", Double(statistics.deadRows)),
            gauge("sluice_jobs_table_bytes", "Size of the jobs table with its indexes.", Double(statistics.bytes)),
            gauge(
                "sluice_database_notification_queue_ratio", "How full the server's queue of notifications is, from 0 to 1.",
                statistics.notificationQueue),
        ]
    }

    private static func processes(_ statistics: QueueStatistics) -> [MetricFamily] {
        let processes = statistics.processes
        return [
            MetricFamily(
                name: "sluice_processes", help: "Live processes.", kind: .gauge,
                samples: processes.map { .init(Double($0.count), labels: [.init("role", $0.role)]) }),
            gauge("sluice_cluster_slots", "Jobs that all workers run at a time.", Double(processes.reduce(0) { $0 + $1.slots })),
            gauge(
                "sluice_cluster_leaders", "Schedulers that lead: one, but for moments.", Double(processes.reduce(0) { $0 + $1.leading })),
        ]
    }

    private static func salesforce(_ usage: [(resourceName: String, usage: DailyCallUsage)]) -> [MetricFamily] {
        func family(_ name: String, _ help: String, _ kind: MetricFamily.Kind, _ value: (DailyCallUsage) -> Int?) -> MetricFamily {
            MetricFamily(
                name: name, help: help, kind: kind,
                samples: usage.compactMap { entry in
                    value(entry.usage).map { .init(Double($0), labels: [.init("connection", entry.resourceName)]) }
                })
        }
        return [
            family("sluice_salesforce_calls_today", "Calls to Salesforce since midnight UTC.", .gauge) { $0.calls },
            family("sluice_salesforce_limit_used", "Calls that the org counted in 24 hours, from all of its clients.", .gauge) { $0.used },
            family("sluice_salesforce_limit_max", "Calls that the org allows in 24 hours.", .gauge) { $0.limit },
        ]
    }

    private static func gauge(_ name: String, _ help: String, _ value: Double) -> MetricFamily {
        MetricFamily(name: name, help: help, kind: .gauge, samples: [.init(value)])
    }
}
