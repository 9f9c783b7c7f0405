// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

let strictC: [CSetting] = [.treatAllWarnings(as: .error)]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let metrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let heap: Target.Dependency = .product(name: "HeapModule", package: "swift-collections")
let deque: Target.Dependency = .product(name: "DequeModule", package: "swift-collections")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")

// One module a floor's room; imports only go downwards (docs/architecture.md draws the floors).
let package = Package(
    name: "sluice",
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.34.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: the system's C libraries.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),

        // Floor 0: files of other modules that are built into the programs.
        .target(name: "CQueueMigrations", cSettings: strictC),
        .target(name: "CCatalogMigrations", cSettings: strictC),
        .target(name: "CDashboardAssets", cSettings: strictC),
        .target(name: "CSandboxSchema", cSettings: strictC),

        // Floor 0: secrets that do not show, and the one rule for texts that others wrote, which every floor needs.
        .target(name: "Redaction", swiftSettings: strict),
        .target(name: "ForeignText", swiftSettings: strict),

        // Floor 1
        .target(name: "Postgres", dependencies: ["CLibpq", "ForeignText", "Redaction", logging], swiftSettings: strict),
        .target(name: "HTTPTransport", dependencies: ["CLibcurl", "ForeignText", "Redaction", httpTypes], swiftSettings: strict),
        .target(name: "Secrets", dependencies: ["COpenSSL", "Redaction"], swiftSettings: strict),
        .target(name: "Prometheus", dependencies: [metrics], swiftSettings: strict),
        .target(name: "LogLines", dependencies: [logging], swiftSettings: strict),
        .target(name: "SharedValues", dependencies: ["ForeignText"], swiftSettings: strict),

        // Floor 2
        .target(
            name: "JobQueue",
            dependencies: ["CQueueMigrations", "ForeignText", "Postgres", deque, logging, metrics, tracing],
            exclude: ["Migrations"],
            swiftSettings: strict
        ),
        .target(
            name: "Salesforce", dependencies: ["ForeignText", "HTTPTransport", "Secrets", httpTypes, logging, tracing],
            swiftSettings: strict),
        .target(name: "OTLP", dependencies: ["HTTPTransport", "Redaction", httpTypes, logging, metrics, tracing], swiftSettings: strict),

        // Floor 3
        .target(
            name: "Catalog",
            dependencies: [
                "CCatalogMigrations", "ForeignText", "JobQueue", "Postgres", "Redaction", "Secrets", "SharedValues", logging,
            ],
            exclude: ["Migrations"],
            swiftSettings: strict
        ),

        .target(
            name: "MappedSchema",
            dependencies: ["ForeignText", "JobQueue", "Postgres", "Redaction", logging],
            swiftSettings: strict
        ),

        // Floor 4
        .target(
            name: "Accounts",
            dependencies: ["Catalog", "ForeignText", "Postgres", "Redaction", "Secrets"],
            swiftSettings: strict
        ),

        .target(
            name: "SyncJournal",
            dependencies: ["Catalog", "JobQueue", "Postgres"],
            swiftSettings: strict
        ),

        .target(
            name: "LoggedChanges",
            dependencies: ["ForeignText", "MappedSchema", "Postgres", "SharedValues"],
            swiftSettings: strict
        ),

        .target(
            name: "SchemaInspection",
            dependencies: ["MappedSchema", "Postgres", "SharedValues"],
            swiftSettings: strict
        ),

        .target(
            name: "Outlets",
            dependencies: ["Catalog", "ForeignText", "HTTPTransport", "JobQueue", "Postgres", "Redaction", "Secrets", httpTypes],
            swiftSettings: strict
        ),

        .target(
            name: "WebServer",
            dependencies: [
                "Catalog", "ForeignText", "Postgres", hummingbird, hummingbirdCore, httpTypes, logging, nio, nioHTTP1, nioHTTPTypes,
                nioHTTPTypesHTTP1, serviceLifecycle,
            ],
            swiftSettings: strict
        ),

        // Floor 5
        .target(
            name: "Monitoring",
            dependencies: [
                "Catalog", "JobQueue", "Postgres", "Prometheus", "Redaction", "Secrets", "WebServer", hummingbird, httpTypes, logging, nio,
                serviceLifecycle,
            ],
            swiftSettings: strict
        ),

        .target(
            name: "Sync",
            dependencies: [
                "Catalog", "ForeignText", "HTTPTransport", "JobQueue", "LoggedChanges", "MappedSchema", "Postgres", "Salesforce",
                "SchemaInspection", "SyncJournal", httpTypes, logging,
            ],
            swiftSettings: strict
        ),

        // Floor 6
        .target(
            name: "SyncWrite",
            dependencies: [
                "Catalog", "ForeignText", "HTTPTransport", "JobQueue", "LoggedChanges", "MappedSchema", "Postgres", "Salesforce",
                "SchemaInspection", "Sync", "SyncJournal", heap, logging,
            ],
            swiftSettings: strict
        ),

        .target(
            name: "SyncInspection",
            dependencies: ["Catalog", "JobQueue", "MappedSchema", "Postgres", "Salesforce", "SchemaInspection", "Sync", "SyncJournal"],
            swiftSettings: strict
        ),

        // Floor 7
        .target(
            name: "Cluster",
            dependencies: [
                "Accounts", "Catalog", "HTTPTransport", "JobQueue", "MappedSchema", "Outlets", "Postgres", "Redaction", "Salesforce",
                "Secrets", "Sync", "SyncInspection", "SyncJournal", "SyncWrite", logging, metrics, serviceLifecycle,
            ],
            swiftSettings: strict
        ),

        .target(
            name: "API",
            dependencies: [
                "Accounts", "Catalog", "JobQueue", "LoggedChanges", "MappedSchema", "Monitoring", "Outlets", "Postgres", "Prometheus",
                "Redaction", "SchemaInspection", "Secrets", "SyncJournal", "WebServer", hummingbird, httpTypes, logging, nio,
                serviceLifecycle, tracing,
            ],
            swiftSettings: strict
        ),

        .target(
            name: "Dashboard",
            dependencies: [
                "CDashboardAssets", "Catalog", "JobQueue", "LoggedChanges", "MappedSchema", "Postgres", "SyncJournal", "WebServer",
                hummingbird, httpTypes, logging, nio,
            ],
            exclude: ["Assets"],
            swiftSettings: strict
        ),

        // Floor 8
        .executableTarget(
            name: "sluice",
            dependencies: [
                "API", "Accounts", "CMalloc", "Catalog", "Cluster", "Dashboard", "HTTPTransport", "JobQueue", "LogLines", "MappedSchema",
                "Monitoring", "OTLP", "Outlets", "Postgres", "Prometheus", "Redaction", "Salesforce", "SchemaInspection", "Secrets", "Sync",
                "SyncWrite", "WebServer", argumentParser, httpTypes, logging, metrics, serviceLifecycle, tracing, unixSignals,
            ],
            swiftSettings: strict
        ),

        // The simulated org: shares no code with the product, so that one checks the other. Several modules, so that they compile side by side.
        .target(name: "SandboxBytes", dependencies: ["COpenSSL"], swiftSettings: strict),
        .target(
            name: "SandboxData", dependencies: ["CSandboxSchema", "SandboxBytes"],
            exclude: ["Schema/Objects"],
            swiftSettings: strict
        ),
        .target(name: "SandboxQuery", dependencies: ["SandboxBytes", "SandboxData"], swiftSettings: strict),
        .target(
            name: "SandboxHTTP",
            dependencies: ["COpenSSL", "CZlib", "SandboxBytes", hummingbird, hummingbirdCore, httpTypes, logging, nio, nioHTTPTypes],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxStore", dependencies: ["SandboxBytes", "SandboxData", "SandboxQuery", nioPosix, serviceLifecycle],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxLogin",
            dependencies: ["COpenSSL", "SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxStore", httpTypes],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxREST",
            dependencies: ["SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxQuery", "SandboxStore", httpTypes, nio],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxBulk",
            dependencies: [
                "SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxLogin", "SandboxQuery", "SandboxStore", httpTypes, nio,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxStreaming",
            dependencies: [
                "SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxLogin", "SandboxQuery", "SandboxStore", httpTypes, nio,
                serviceLifecycle,
            ],
            swiftSettings: strict
        ),
        .target(
            name: "SandboxOrg",
            dependencies: [
                "SandboxBulk", "SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxLogin", "SandboxQuery", "SandboxREST", "SandboxStore",
                "SandboxStreaming", hummingbird, hummingbirdCore, httpTypes, logging, nio, serviceLifecycle, unixSignals,
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "sandbox-org", dependencies: ["SandboxData", "SandboxOrg", "SandboxStore", argumentParser], swiftSettings: strict),

        // What scripts/bench and scripts/chaos run; no part of production.
        .executableTarget(
            name: "queue-probe", dependencies: ["JobQueue", "Postgres", argumentParser, logging, unixSignals],
            path: "Benchmarks/QueueProbe", swiftSettings: strict),

        // What tests share.
        .target(name: "Eventually", path: "Tests/Eventually", swiftSettings: strict),
        .target(name: "SeededRandom", path: "Tests/SeededRandom", swiftSettings: strict),
        .target(name: "TestGate", path: "Tests/TestGate", swiftSettings: strict),
        .target(name: "TestDatabase", dependencies: ["Postgres", "TestGate", logging], path: "Tests/TestDatabase", swiftSettings: strict),
        .target(
            name: "CatalogWorld", dependencies: ["Catalog", "JobQueue", "Postgres", "Secrets", "TestDatabase"],
            path: "Tests/CatalogWorld", swiftSettings: strict),
        .target(name: "RawHTTPServer", path: "Tests/RawHTTPServer", swiftSettings: strict),
        .target(name: "SignInTestKey", path: "Tests/SignInTestKey", swiftSettings: strict),
        .target(
            name: "SyncWorld",
            dependencies: [
                "Catalog", "Cluster", "Eventually", "HTTPTransport", "JobQueue", "Postgres", "Salesforce", "SandboxOrg", "Secrets",
                "SyncWrite", "TestDatabase", httpTypes, logging,
            ],
            path: "Tests/SyncWorld", swiftSettings: strict),

        .testTarget(
            name: "PostgresTests", dependencies: ["Eventually", "Postgres", "SeededRandom", "TestDatabase", logging], swiftSettings: strict),
        .testTarget(
            name: "HTTPTransportTests", dependencies: ["Eventually", "HTTPTransport", "RawHTTPServer", "SandboxOrg", httpTypes],
            swiftSettings: strict),
        .testTarget(name: "LogLinesTests", dependencies: ["LogLines", logging], swiftSettings: strict),
        .testTarget(
            name: "OTLPTests", dependencies: ["Eventually", "HTTPTransport", "OTLP", "RawHTTPServer", httpTypes, logging, tracing],
            swiftSettings: strict),
        .testTarget(name: "PrometheusTests", dependencies: ["Eventually", "Prometheus", metrics], swiftSettings: strict),
        .testTarget(
            name: "RedactionTests",
            dependencies: ["Catalog", "HTTPTransport", "OTLP", "Postgres", "Redaction", "Salesforce", "Secrets", httpTypes],
            swiftSettings: strict),
        .testTarget(name: "ForeignTextTests", dependencies: ["ForeignText"], swiftSettings: strict),
        .testTarget(name: "SecretsTests", dependencies: ["Secrets"], swiftSettings: strict),
        .testTarget(
            name: "JobQueueTests", dependencies: ["Eventually", "JobQueue", "Postgres", "SeededRandom", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "SalesforceTests",
            dependencies: [
                "Eventually", "HTTPTransport", "RawHTTPServer", "Salesforce", "Secrets", "SeededRandom", "SignInTestKey", logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "CatalogTests",
            dependencies: ["Catalog", "CatalogWorld", "Eventually", "JobQueue", "Postgres", "Secrets", "SyncJournal", "TestDatabase"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AccountsTests", dependencies: ["Accounts", "Catalog", "CatalogWorld", "Postgres"], swiftSettings: strict),
        .testTarget(
            name: "SyncJournalTests",
            dependencies: ["Catalog", "CatalogWorld", "JobQueue", "Postgres", "SyncJournal", "TestDatabase"], swiftSettings: strict),
        .testTarget(
            name: "MappedSchemaTests",
            dependencies: ["Eventually", "JobQueue", "MappedSchema", "Postgres", "SeededRandom", "TestDatabase"], swiftSettings: strict),
        .testTarget(name: "LoggedChangesTests", dependencies: ["LoggedChanges"], swiftSettings: strict),
        .testTarget(name: "SchemaInspectionTests", dependencies: ["SchemaInspection"], swiftSettings: strict),
        .testTarget(
            name: "MonitoringTests",
            dependencies: ["Catalog", "Eventually", "JobQueue", "Monitoring", "Postgres", "Prometheus", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "SyncTests",
            dependencies: [
                "Catalog", "Cluster", "Eventually", "HTTPTransport", "JobQueue", "MappedSchema", "Postgres", "RawHTTPServer", "Salesforce",
                "SandboxOrg", "SchemaInspection", "Secrets", "SignInTestKey", "Sync", "SyncJournal", "SyncWorld", "TestDatabase", httpTypes,
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SyncWriteTests",
            dependencies: [
                "Catalog", "Eventually", "HTTPTransport", "JobQueue", "LoggedChanges", "MappedSchema", "Postgres", "Salesforce",
                "SandboxOrg", "SeededRandom", "SyncJournal", "SyncWorld", "SyncWrite", "TestDatabase", httpTypes,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SyncInspectionTests",
            dependencies: [
                "Catalog", "Eventually", "HTTPTransport", "JobQueue", "MappedSchema", "Postgres", "Salesforce", "SandboxOrg",
                "SchemaInspection", "SyncInspection", "SyncJournal", "SyncWorld", "TestDatabase", httpTypes,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "OutletsTests",
            dependencies: [
                "Catalog", "Eventually", "HTTPTransport", "JobQueue", "Outlets", "Postgres", "RawHTTPServer", "SandboxOrg", "Secrets",
                "SyncJournal", "TestDatabase", logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "APITests",
            dependencies: [
                "API", "Accounts", "Catalog", "Cluster", "Dashboard", "Eventually", "HTTPTransport", "JobQueue", "Postgres",
                "RawHTTPServer", "Salesforce", "SandboxOrg", "Secrets", "SyncJournal", "TestDatabase", "WebServer", hummingbird, httpTypes,
                logging,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DashboardTests", dependencies: ["Catalog", "Dashboard", "MappedSchema", "Postgres", "TestDatabase", "WebServer"],
            swiftSettings: strict),
        // Starts the executables: scripts/test builds them first and names their directory in SLUICE_BIN_DIR.
        .testTarget(
            name: "ClusterTests",
            dependencies: [
                "Accounts", "Catalog", "Eventually", "HTTPTransport", "JobQueue", "Postgres", "RawHTTPServer", "Salesforce", "Secrets",
                "SignInTestKey", "SyncJournal", "TestDatabase", httpTypes, logging,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "SandboxOrgTests",
            dependencies: [
                "COpenSSL", "HTTPTransport", "SandboxBulk", "SandboxBytes", "SandboxData", "SandboxHTTP", "SandboxLogin", "SandboxOrg",
                "SandboxQuery", "SandboxREST", "SandboxStore", "SandboxStreaming", "TestGate", httpTypes, nio,
            ],
            exclude: ["Golden/Fixtures"],
            swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x
)
