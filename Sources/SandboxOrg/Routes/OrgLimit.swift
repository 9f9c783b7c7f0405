/// One of the limits that `/limits` tells of, with what a developer org has.
struct OrgLimit: Sendable {
    let name: String
    let maximum: Int
    /// The API version that told of it first.
    let since: Int
    /// Connected apps that have a limit of their own inside it.
    let applications: [String]

    private init(_ name: String, _ maximum: Int, since: Int = 0, applications: [String] = []) {
        self.name = name
        self.maximum = maximum
        self.since = since
        self.applications = applications
    }

    /// In the order of the answer. The quota of API calls is the org's own.
    static let all = [
        OrgLimit("AnalyticsExternalDataSizeMB", 40_960),
        OrgLimit("BOZosCalloutHourlyLimit", 20_000),
        OrgLimit("ConcurrentAsyncGetReportInstances", 200),
        OrgLimit("ConcurrentEinsteinDataInsightsStoryCreation", 5),
        OrgLimit("ConcurrentEinsteinDiscoveryStoryCreation", 2),
        OrgLimit("ConcurrentSyncReportRuns", 20),
        OrgLimit("DailyAnalyticsDataflowJobExecutions", 60),
        OrgLimit("DailyAnalyticsUploadedFilesSizeMB", 51_200),
        OrgLimit("DailyApiRequests", 0, applications: ["Ant Migration Tool", "Dataloader Bulk"]),
        OrgLimit("DailyAsyncApexExecutions", 250_000),
        OrgLimit("DailyBulkApiBatches", 15_000),
        OrgLimit("DailyBulkV2QueryFileStorageMB", 976_562),
        OrgLimit("DailyBulkV2QueryJobs", 10_000),
        OrgLimit("DailyDeliveredPlatformEvents", 10_000, since: 50),
        OrgLimit("DailyDurableGenericStreamingApiEvents", 10_000),
        OrgLimit("DailyDurableStreamingApiEvents", 10_000),
        OrgLimit("DailyEinsteinDataInsightsStoryCreation", 1000),
        OrgLimit("DailyEinsteinDiscoveryPredictAPICalls", 50_000),
        OrgLimit("DailyEinsteinDiscoveryPredictionsByCDC", 500_000),
        OrgLimit("DailyEinsteinDiscoveryStoryCreation", 100),
        OrgLimit("DailyFunctionsApiCallLimit", 235_000, since: 53),
        OrgLimit("DailyGenericStreamingApiEvents", 10_000),
        OrgLimit("DailyStandardVolumePlatformEvents", 10_000),
        OrgLimit("DailyStreamingApiEvents", 10_000),
        OrgLimit("DailyWorkflowEmails", 405),
        OrgLimit("DataStorageMB", 1_048_576),
        OrgLimit("DurableStreamingApiConcurrentClients", 20),
        OrgLimit("FileStorageMB", 1_048_576),
        OrgLimit("HourlyAsyncReportRuns", 1200),
        OrgLimit("HourlyDashboardRefreshes", 200),
        OrgLimit("HourlyDashboardResults", 5000),
        OrgLimit("HourlyDashboardStatuses", 999_999_999),
        OrgLimit("HourlyElevateAsyncReportRuns", 1200, since: 53),
        OrgLimit("HourlyElevateSyncReportRuns", 500, since: 53),
        OrgLimit("HourlyLongTermIdMapping", 100_000),
        OrgLimit("HourlyManagedContentPublicRequests", 50_000, since: 52),
        OrgLimit("HourlyODataCallout", 1000),
        OrgLimit("HourlyPublishedPlatformEvents", 50_000),
        OrgLimit("HourlyPublishedStandardVolumePlatformEvents", 1000),
        OrgLimit("HourlyShortTermIdMapping", 100_000),
        OrgLimit("HourlySyncReportRuns", 500),
        OrgLimit("HourlyTimeBasedWorkflow", 50),
        OrgLimit("MassEmail", 10),
        OrgLimit("MaxContentDocumentsLimit", 30_000_000, since: 61),
        OrgLimit("MaxContentVersionsLimit", 200_000, since: 61),
        OrgLimit("MonthlyEinsteinDiscoveryStoryCreation", 500),
        OrgLimit("MonthlyPlatformEventsUsageEntitlement", 0),
        OrgLimit("Package2VersionCreates", 6),
        OrgLimit("Package2VersionCreatesWithoutValidation", 500),
        OrgLimit("PlatformEventTriggersWithParallelProcessing", 5, since: 58),
        OrgLimit("PrivateConnectOutboundCalloutHourlyLimitMB", 0, since: 50),
        OrgLimit("PublishCallbackUsageInApex", 1_048_576, since: 55),
        OrgLimit("SingleEmail", 15),
        OrgLimit("StreamingApiConcurrentClients", 20),
    ]
}
