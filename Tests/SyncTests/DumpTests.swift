import Catalog
import Foundation
import SyncWorld
import TestDatabase
import Testing

@Suite("What pg_dump prints of a mapped schema")
struct DumpTests {
    @Test(
        "is what Heroku Connect would have made, object by object, and besides only what retries of the log need",
        arguments: TargetHome.allCases)
    func contract(_ home: TargetHome) async throws {
        try await SyncWorld.with(rows: ["Account": 20, "Contact": 20], home: home) { world in
            try await world.importMappings([
                ("Account", DumpedContract.accountFields, "read_write", "External_Id__c"),
                ("Contact", DumpedContract.contactFields, "read_only", nil),
            ])
            let dump = try Self.dump(world.targetDatabase.url)
            let found = Set(Self.statements(dump).filter { !$0.contains("sluice") })
            for missing in DumpedContract.statements.subtracting(found).sorted() { Issue.record("not there: \(missing)") }
            for extra in found.subtracting(DumpedContract.statements).subtracting(DumpedContract.additions).sorted() {
                Issue.record("not in the contract: \(extra)")
            }
        }
    }

    private static func dump(_ url: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "pg_dump", "--schema-only", "--no-owner", "--no-privileges", "--no-comments", "--schema=salesforce", "--schema=public", url,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The statements that make something; of functions, what comes before their language.
    private static func statements(_ dump: String) -> [String] {
        var statements: [String] = []
        var lines: [Substring] = []
        var isInBody = false
        for line in dump.split(separator: "\n") where isInBody || !line.hasPrefix("--") && !line.hasPrefix("\\") {
            lines.append(line)
            if line.components(separatedBy: "$$").count % 2 == 0 { isInBody.toggle() }
            guard !isInBody, line.hasSuffix(";") else { continue }
            var statement = DumpedContract.joined(lines.joined(separator: " ").dropLast())
            lines = []
            if statement.hasPrefix("CREATE FUNCTION") {
                statement = String(statement[..<(statement.range(of: " LANGUAGE ")?.lowerBound ?? statement.endIndex)])
            }
            let isOfTheDump = ["SET ", "SELECT pg_catalog.set_config", "CREATE SCHEMA public", "CREATE EXTENSION"].contains {
                statement.hasPrefix($0)
            }
            if !isOfTheDump { statements.append(statement) }
        }
        return statements
    }
}
