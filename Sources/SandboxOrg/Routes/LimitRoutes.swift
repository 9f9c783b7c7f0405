/// `/limits` and `/limits/recordCount`.
struct LimitRoutes: Sendable {
    let org: Org

    private static let others: [(name: String, max: Int)] = [
        ("ConcurrentAsyncGetReportInstances", 200), ("ConcurrentSyncReportRuns", 20), ("DailyAsyncApexExecutions", 250_000),
        ("DailyBulkApiBatches", 15_000), ("DailyBulkV2QueryFileStorageMB", 976_562), ("DailyBulkV2QueryJobs", 10_000),
        ("DailyDurableStreamingApiEvents", 10_000), ("DailyGenericStreamingApiEvents", 10_000),
        ("DailyStandardVolumePlatformEvents", 10_000),
        ("DailyStreamingApiEvents", 10_000), ("DailyWorkflowEmails", 405), ("DataStorageMB", 1024),
        ("DurableStreamingApiConcurrentClients", 20), ("FileStorageMB", 1024), ("HourlyAsyncReportRuns", 1200),
        ("HourlyODataCallout", 1000),
        ("HourlySyncReportRuns", 500), ("HourlyTimeBasedWorkflow", 50), ("MassEmail", 10), ("SingleEmail", 15),
        ("StreamingApiConcurrentClients", 20),
    ]

    func limits(used: Int, quota: Int) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            for limit in [("DailyApiRequests", quota)] + Self.others {
                json.fieldObject(limit.0) { json in
                    json.field("Max", limit.1)
                    json.field("Remaining", limit.0 == "DailyApiRequests" ? max(0, quota - used) : limit.1)
                }
            }
        }
        return .json(json)
    }

    /// Objects without rows are left out, as they are in a real org.
    func recordCount(_ call: APICall) -> Reply {
        let wanted = call.call.query["sObjects"].map { $0.split(separator: ",").map { $0.lowercased() } }
        let counts = org.read { state in state.tables.map { ($0.object.name, $0.liveCount) } }
        var json = JSONWriter()
        json.object { json in
            json.fieldArray("sObjects") { json in
                for (name, count) in counts where count > 0 && wanted?.contains(name.lowercased()) ?? true {
                    json.object { json in
                        json.field("count", count)
                        json.field("name", name)
                    }
                }
            }
        }
        return .json(json)
    }
}
