import Foundation

extension Collector {
    /// What Linux tells of this process, under the names that Prometheus' own client libraries use.
    ///
    /// https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics
    public static func process() -> Collector {
        Collector(pause: .seconds(1)) {
            guard let status = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
                // The name of the program stands in brackets and may hold anything.
                let close = status.lastIndex(of: ")")
            else { return [] }
            let fields = status[status.index(after: close)...].split(separator: " ").map { Double($0) ?? 0 }
            guard fields.count > 21 else { return [] }
            let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
            let page = Double(sysconf(Int32(_SC_PAGESIZE)))
            let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
            return [
                MetricFamily(
                    name: "process_cpu_seconds_total", help: "User and system CPU time of this process.", kind: .counter,
                    samples: [.init((fields[11] + fields[12]) / ticks)]),
                MetricFamily(
                    name: "process_resident_memory_bytes", help: "Resident memory of this process.", kind: .gauge,
                    samples: [.init(fields[21] * page)]),
                MetricFamily(
                    name: "process_open_fds", help: "Open file descriptors of this process.", kind: .gauge,
                    samples: [.init(Double(descriptors))]),
                MetricFamily(
                    name: "process_start_time_seconds", help: "Start of this process, in seconds since 1970.", kind: .gauge,
                    samples: [.init(startTime(ticksAfterBoot: fields[19], ticks: ticks))]),
            ]
        }
    }

    private static func startTime(ticksAfterBoot: Double, ticks: Double) -> Double {
        let lines = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.split(separator: "\n") ?? []
        let boot = lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) } ?? 0
        return boot + ticksAfterBoot / ticks
    }
}
