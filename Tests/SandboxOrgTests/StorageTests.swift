import Foundation
import Testing

@testable import SandboxOrg
@testable import SandboxQuery
@testable import SandboxStore

/// A directory of its own, removed at the end.
private func withDirectory(_ body: (String) async throws -> Void) async throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sandbox-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try await body(path)
}

@Suite("An org that is kept in a directory")
struct StorageTests {
    private func options(_ path: String) -> SandboxOptions {
        var options = TestOrg.small
        options.dataPath = path + "/data"
        options.clock = { Int64(Date().timeIntervalSince1970) + Self.toNoon }
        return options
    }

    /// Formulas say another day after midnight, and what is kept is compared with what it was: the tests begin at noon.
    private static let toNoon = 43_200 - Int64(Date().timeIntervalSince1970) % 86_400

    /// What is in the directory at this moment is what a killed process leaves behind.
    private func kill(_ path: String) throws {
        try FileManager.default.copyItem(atPath: path + "/data", toPath: path + "/killed")
    }

    private func killed(_ path: String) -> SandboxOptions {
        var options = options(path)
        options.dataPath = path + "/killed"
        return options
    }

    private func create(_ org: TestOrg, _ object: String, _ body: String) async throws -> String {
        let answer = try await org.call("POST", "/sobjects/\(object)", body: body)
        return try #require(answer.object["id"] as? String, "\(answer.text)")
    }

    /// Everything that clients can see, as text.
    private func contents(_ org: TestOrg) async throws -> [String: String] {
        var contents: [String: String] = [:]
        let objects = try await org.call("GET", "/sandbox/schema").object["objects"] as? [[String: Any]]
        for name in try #require(objects).compactMap({ $0["name"] as? String }) {
            contents[name] = try await org.call("GET", "/sandbox/export.csv?object=\(name)").text
            contents["\(name) describe"] = try await org.get("/sobjects/\(name)/describe").text
            contents["\(name) bin"] = try await org.query("SELECT Id FROM \(name) WHERE IsDeleted = true", all: true).text
        }
        let stats = try await org.call("GET", "/sandbox/stats").object
        contents["deleted"] = "\((stats["deleted_rows"] as? [String: Int] ?? [:]).sorted { $0.key < $1.key })"
        let instance = org.server.url
        return contents.mapValues { $0.replacing(instance, with: "") }
    }

    /// Writes of every kind.
    private func work(_ org: TestOrg) async throws {
        let account = try await create(
            org, "Account", #"{"Name":"Übermut \"Ltd\"","AnnualRevenue":12.5,"NumberOfEmployees":7,"Active__c":true}"#)
        let project = try await create(
            org, "Project__c",
            "{\"Name\":\"P\",\"Account__c\":\"\(account)\",\"Start__c\":\"2026-01-31\",\"Daily_Meeting__c\":\"09:30:00Z\"}")
        #expect(try await org.call("PATCH", "/sobjects/Project__c/\(project)", body: #"{"Billable__c":true}"#).status == 204)
        let mutation =
            #"{"object":"Account","update":{"count":30,"field":"Phone","value":"+1 %d"},"insert":{"count":5,"fields":{"Name":"N %d"}},"delete":{"count":10}}"#
        let changed = try await org.call("POST", "/sandbox/mutate", body: mutation).object
        let deleted = try #require(changed["deleted"] as? [String])
        let updated = try #require(changed["updated"] as? [String])
        #expect(try await org.call("POST", "/sandbox/undelete", body: "{\"ids\":[\"\(deleted[0])\"]}").status == 200)
        #expect(try await org.call("POST", "/sandbox/hard-delete", body: "{\"ids\":[\"\(deleted[1])\"]}").status == 200)
        #expect(
            try await org.call("POST", "/sandbox/merge", body: "{\"winner\":\"\(updated[0])\",\"losers\":[\"\(updated[1])\"]}").status
                == 204)
        let composite = """
            {"allOrNone":true,"compositeRequest":[
            {"method":"POST","url":"\(TestOrg.base)/sobjects/Account","referenceId":"a","body":{"Name":"%"}},
            {"method":"POST","url":"\(TestOrg.base)/sobjects/Account","referenceId":"b","body":{%}}]}
            """
        _ = try await org.call("POST", "/composite", body: composite.replacing("{%}", with: "{}"))
        _ = try await org.call("POST", "/composite", body: composite.replacing("{%}", with: #"{"Name":"B"}"#))
        let list =
            #"{"allOrNone":true,"records":[{"attributes":{"type":"Lead"},"LastName":"L","Company":"C"},{"attributes":{"type":"Lead"}}]}"#
        _ = try await org.call("POST", "/composite/sobjects", body: list)
        #expect(try await org.call("POST", "/sandbox/purge-delete-log", body: #"{"object":"Lead"}"#).status == 204)
    }

    @Test("everything that was acknowledged is there again after a kill, and goes on from there")
    func kill() async throws {
        try await withDirectory { path in
            var before: [String: String] = [:]
            var token = ""
            var number: String?
            try await TestOrg.with(options(path)) { org in
                try await work(org)
                let changes = """
                    [{"change":"add_field","object":"Account","field":{"name":"Mood__c","type":"string"}},
                    {"change":"change_field","object":"Account","field":"NumberOfEmployees","set":{"type":"string","length":20}},
                    {"change":"remove_field","object":"Contact","field":"Title"},
                    {"change":"add_object","object":{"name":"Visit__c","rows":9,"fields":[{"name":"Name","type":"string","nameField":true}]}}]
                    """
                #expect(try await org.call("POST", "/sandbox/schema", body: changes).status == 200)
                _ = try await create(org, "Visit__c", #"{"Name":"V"}"#)
                _ = try await create(org, "Account", #"{"Name":"After","Mood__c":"good","NumberOfEmployees":"many"}"#)
                before = try await contents(org)
                token = org.token
                number =
                    try await org.query("SELECT Number__c FROM Project__c ORDER BY Id DESC LIMIT 1").records.first?["Number__c"] as? String
                try kill(path)
            }
            let server = try await SandboxServer.start(killed(path))
            // The session is as good as it was.
            let org = TestOrg(server: server, token: token)
            let after = try await contents(org)
            #expect(Set(after.keys) == Set(before.keys))
            for (name, text) in before { #expect(after[name] == text, "\(name)") }
            let project = try await create(org, "Project__c", #"{"Name":"Next"}"#)
            let next = try await org.get("/sobjects/Project__c/\(project)").object["Number__c"] as? String
            #expect(try #require(next) > #require(number))
            let log = try await org.get("/sobjects/Lead/deleted?start=\(Self.time(-3600))&end=\(Self.time(60))")
            #expect(log.status == 200, "\(log.text)")
            await server.stop()
        }
    }

    private static func time(_ offset: Double) -> String {
        Date(timeIntervalSinceNow: offset + Double(toNoon)).formatted(.iso8601)
    }

    @Test("a snapshot takes the place of a journal that has grown large, and nothing is lost")
    func snapshot() async throws {
        try await withDirectory { path in
            var options = options(path)
            options.journalLimit = 20_000
            var before: [String: String] = [:]
            try await TestOrg.with(options) { org in
                #expect(
                    try await org.call(
                        "POST", "/sandbox/schema", body: #"{"change":"rename_field","object":"Account","field":"Phone","name":"Tel"}"#
                    ).status == 200)
                for number in 0..<8 {
                    let body =
                        "{\"object\":\"Account\",\"update\":{\"count\":99,\"field\":\"Tel\",\"value\":\"+\(number) %d\"},\"delete\":{\"count\":1},\"seed\":\(number)}"
                    #expect(try await org.call("POST", "/sandbox/mutate", body: body).status == 200)
                }
                try await eventually("no snapshot was made") {
                    let files = try FileManager.default.contentsOfDirectory(atPath: path + "/data")
                    return files.contains { $0.hasPrefix("snapshot.") && !$0.hasSuffix(".new") } && !files.contains("journal.0")
                }
                _ = try await create(org, "Account", #"{"Name":"Last","Tel":"9"}"#)
                before = try await contents(org)
            }
            try await TestOrg.with(options) { org in
                let after = try await contents(org)
                for (name, text) in before { #expect(after[name] == text, "\(name)") }
            }
        }
    }

    @Test("a last record that broke off is cut off, and what was damaged is told and not lost")
    func damage() async throws {
        try await withDirectory { path in
            try await TestOrg.with(options(path)) { org in
                for name in ["A", "B", "C"] { _ = try await create(org, "Account", "{\"Name\":\"\(name)\"}") }
            }
            let journal = path + "/data/journal.0"
            let whole = try Data(contentsOf: URL(fileURLWithPath: journal))
            try (whole + whole.dropFirst(8).prefix(30)).write(to: URL(fileURLWithPath: journal))
            try await TestOrg.with(options(path)) { org in
                #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == 303)
                _ = try await create(org, "Account", #"{"Name":"D"}"#)
            }
            try await TestOrg.with(options(path)) { org in
                let count = try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int
                #expect(count == 304)
            }
            for place in [3, 14, 40] {
                var damaged = whole
                damaged[damaged.startIndex + place] ^= 0x55
                try damaged.write(to: URL(fileURLWithPath: journal))
                let error = await #expect(throws: StorageError.self) { try await SandboxServer.start(options(path)) }
                #expect(error?.description.contains("journal.0: damaged at byte") ?? false, "\(String(describing: error))")
            }
        }
    }

    @Test("a directory belongs to one process, and to one seed, schema and number of rows")
    func refused() async throws {
        try await withDirectory { path in
            let options = options(path)
            func refusal(_ change: (inout SandboxOptions) -> Void) async -> String {
                var other = options
                change(&other)
                let started = other
                let error = await #expect(throws: StorageError.self) { try await SandboxServer.start(started) }
                return error?.description ?? ""
            }
            try await TestOrg.with(options) { _ in
                #expect(await refusal { _ in }.contains("in use by another sandbox org"))
            }
            #expect(await refusal { $0.seed = 2 }.hasPrefix("--seed 2: the data were made with --seed 1"))
            #expect(await refusal { $0.rows["Account"] = 1 }.hasPrefix("--rows Account=1: the data were made with --rows Account=300"))
            let schema = #"{"objects":[{"name":"User","keyPrefix":"005","fields":[{"name":"Name","type":"string","nameField":true}]}]}"#
            try schema.write(toFile: path + "/schema.json", atomically: true, encoding: .utf8)
            let text = await refusal { options in
                options.schemaPath = path + "/schema.json"
                options.rows = [:]
            }
            #expect(text.hasPrefix("--schema: the data were made with another schema"))
            try await TestOrg.with(options) { org in
                let status = try await org.get("/limits").status
                #expect(status == 200)
            }
        }
    }

    @Test("refresh tokens and push topics come back, replay ids of before are refused, and ended sessions stay ended")
    func tokensAndEvents() async throws {
        try await withDirectory { path in
            var refresh = ""
            var ended = ""
            var replayID = 0
            try await TestOrg.with(options(path)) { org in
                let topic = #"{"Name":"Accounts","Query":"SELECT Id, Name FROM Account","ApiVersion":60.0}"#
                _ = try await create(org, "PushTopic", topic)
                let login = try await TestOrg.request(
                    "POST", org.server.url + "/services/oauth2/token",
                    body: "grant_type=password&client_id=sandbox-client&client_secret=sandbox-secret"
                        + "&username=\(SandboxCredentials.username)&password=\(SandboxCredentials.password)")
                ended = try #require(login.object["access_token"] as? String)
                _ = try await TestOrg.request("POST", org.server.url + "/services/oauth2/revoke", body: "token=\(ended)")
                refresh = try #require(login.object["refresh_token"] as? String ?? "none")
                let subscriber = try await CometSubscriber.open(org, ["/data/ChangeEvents": -1])
                _ = try await create(org, "Account", #"{"Name":"A"}"#)
                let event = try #require(try await subscriber.events(1).first)
                replayID = try #require(((event["data"] as? [String: Any])?["event"] as? [String: Any])?["replayId"] as? Int)
            }
            try await TestOrg.with(options(path)) { org in
                let subscriber = CometSubscriber(org)
                _ = try await subscriber.handshake()
                _ = try await subscriber.connect()
                let answer = try await subscriber.subscribe("/data/ChangeEvents", replay: replayID)
                #expect("\(answer["error"] ?? "")".hasPrefix("400::The replayId {\(replayID)} you provided was invalid"))
                #expect(try await subscriber.subscribe("/topic/Accounts", replay: -1)["successful"] as? Bool == true)
                let old = TestOrg(server: org.server, token: ended)
                #expect(try await old.get("/limits").status == 401)
                guard refresh != "none" else { return }
                let again = try await TestOrg.request(
                    "POST", org.server.url + "/services/oauth2/token",
                    body: "grant_type=refresh_token&client_id=sandbox-client&refresh_token=\(refresh)")
                #expect(again.status == 200, "\(again.text)")
            }
        }
    }

    @Test("a refresh token that was spent before a restart, and comes again after it, ends what came of it")
    func spentRefreshToken() async throws {
        try await withDirectory { path in
            var options = options(path)
            options.rotatesRefreshTokens = true
            var tokens: [(access: String, refresh: String)] = []
            func ask(_ org: TestOrg, _ form: String) async throws -> Answer {
                try await TestOrg.request(
                    "POST", org.server.url + "/services/oauth2/token",
                    body: "client_id=sandbox-client&client_secret=sandbox-secret&\(form)")
            }
            func note(_ answer: Answer) throws {
                tokens.append(
                    (
                        try #require(answer.object["access_token"] as? String), try #require(answer.object["refresh_token"] as? String)
                    ))
            }
            try await TestOrg.with(options) { org in
                let password = "username=\(SandboxCredentials.username)&password=\(SandboxCredentials.password)"
                try note(try await ask(org, "grant_type=password&scope=refresh_token&\(password)"))
                for _ in 0..<2 { try note(try await ask(org, "grant_type=refresh_token&refresh_token=\(tokens.last?.refresh ?? "")")) }
            }
            try await TestOrg.with(options) { org in
                func status() async throws -> [Int] {
                    var found: [Int] = []
                    for token in tokens { found.append(try await TestOrg(server: org.server, token: token.access).get("/limits").status) }
                    return found
                }
                let before = try await status()
                let refused = try await ask(org, "grant_type=refresh_token&refresh_token=\(tokens[0].refresh)").status
                let after = try await status()
                #expect(before == [200, 200, 200] && refused == 400 && after == [401, 401, 401])
            }
            try await TestOrg.with(options) { org in
                let refused = try await ask(org, "grant_type=refresh_token&refresh_token=\(tokens[2].refresh)").status
                #expect(refused == 400)
            }
        }
    }
}
