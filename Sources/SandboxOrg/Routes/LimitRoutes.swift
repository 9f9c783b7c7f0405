/// `/limits` and `/limits/recordCount`.
struct LimitRoutes: Sendable {
    let org: Org

    let usage: Usage

    private static let others: [(name: String, max: Int)] = [
        ("AnalyticsExternalDataSizeMB", 40_960),
        ("BOZosCalloutHourlyLimit", 20_000),
        ("ConcurrentAsyncGetReportInstances", 200),
        ("ConcurrentEinsteinDataInsightsStoryCreation", 5),
        ("ConcurrentEinsteinDiscoveryStoryCreation", 2),
        ("ConcurrentSyncReportRuns", 20),
        ("DailyAnalyticsDataflowJobExecutions", 60),
        ("DailyAnalyticsUploadedFilesSizeMB", 51_200),
        ("DailyAsyncApexExecutions", 250_000),
        ("DailyBulkApiBatches", 15_000),
        ("DailyBulkV2QueryFileStorageMB", 976_562),
        ("DailyBulkV2QueryJobs", 10_000),
        ("DailyDurableGenericStreamingApiEvents", 10_000),
        ("DailyDurableStreamingApiEvents", 10_000),
        ("DailyEinsteinDataInsightsStoryCreation", 1000),
        ("DailyEinsteinDiscoveryPredictAPICalls", 50_000),
        ("DailyEinsteinDiscoveryPredictionsByCDC", 500_000),
        ("DailyEinsteinDiscoveryStoryCreation", 100),
        ("DailyGenericStreamingApiEvents", 10_000),
        ("DailyStandardVolumePlatformEvents", 10_000),
        ("DailyStreamingApiEvents", 10_000),
        ("DailyWorkflowEmails", 405),
        ("DataStorageMB", 1_048_576),
        ("DurableStreamingApiConcurrentClients", 20),
        ("FileStorageMB", 1_048_576),
        ("HourlyAsyncReportRuns", 1200),
        ("HourlyDashboardRefreshes", 200),
        ("HourlyDashboardResults", 5000),
        ("HourlyDashboardStatuses", 999_999_999),
        ("HourlyLongTermIdMapping", 100_000),
        ("HourlyODataCallout", 1000),
        ("HourlyPublishedPlatformEvents", 50_000),
        ("HourlyPublishedStandardVolumePlatformEvents", 1000),
        ("HourlyShortTermIdMapping", 100_000),
        ("HourlySyncReportRuns", 500),
        ("HourlyTimeBasedWorkflow", 50),
        ("MassEmail", 10),
        ("MonthlyEinsteinDiscoveryStoryCreation", 500),
        ("MonthlyPlatformEventsUsageEntitlement", 0),
        ("Package2VersionCreates", 6),
        ("Package2VersionCreatesWithoutValidation", 500),
        ("SingleEmail", 15),
        ("StreamingApiConcurrentClients", 20),
    ]

    /// The keys a developer org has. What the org does counts down; the other limits stay whole.
    func limits() -> Reply {
        var used = usage.ofLimits
        used["DailyApiRequests"] = usage.calls
        // Salesforce counts two kilobytes for nearly every record.
        used["DataStorageMB"] = org.read { state in state.tables.reduce(0) { $0 + $1.liveCount } } / 512
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            for limit in ([("DailyApiRequests", usage.quota)] + Self.others).sorted(by: { $0.0 < $1.0 }) {
                json.fieldObject(limit.0) { json in
                    json.field("Max", limit.1)
                    json.field("Remaining", max(0, limit.1 - (used[limit.0] ?? 0)))
                }
            }
            json.fieldObject("PermissionSets") { json in
                json.field("Max", 1500)
                json.field("Remaining", 1500)
                json.fieldObject("CreateCustom") { json in
                    json.field("Max", 1000)
                    json.field("Remaining", 1000)
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
