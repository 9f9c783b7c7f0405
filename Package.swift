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

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

// One module a floor's room; imports only go downwards (docs/architecture.md draws the floors).
let package = Package(
    name: "sluice",
    products: [
        .executable(name: "sluice", targets: ["sluice"]),
        .executable(name: "sandbox-org", targets: ["sandbox-org"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Floor 0: the system's C libraries.
        .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),

        // Floor 1
        .target(name: "Postgres", dependencies: ["CLibpq", logging], swiftSettings: strict),
        .target(name: "HTTPTransport", dependencies: ["CLibcurl"], swiftSettings: strict),
        .target(name: "Secrets", dependencies: ["COpenSSL"], swiftSettings: strict),

        // Floor 2
        .target(
            name: "JobQueue",
            dependencies: ["Postgres", logging],
            resources: [.embedInCode("Migrations/101_jobs.sql")],
            swiftSettings: strict
        ),
        .target(name: "Salesforce", dependencies: ["HTTPTransport", "Secrets", logging], swiftSettings: strict),

        // The simulated org: shares no code with the product, so that one checks the other.
        .target(
            name: "SandboxOrg",
            dependencies: [hummingbird, httpTypes, nio, logging],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "sandbox-org",
            dependencies: ["SandboxOrg", argumentParser, hummingbird, serviceLifecycle, logging],
            swiftSettings: strict
        ),
    ],
    swiftLanguageModes: [.v6]
)
