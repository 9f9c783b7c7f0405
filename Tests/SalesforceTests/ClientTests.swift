import Foundation
import HTTPTransport
import RawHTTPServer
import Salesforce
import Synchronization
import Testing

@Suite("SalesforceClient: calls and errors", .timeLimit(.minutes(20)))
struct ClientTests {
    @Test("every call names its client, its agent and its token")
    func headers() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(#"{"sobjects":[]}"#) }
        _ = try await org.client().describeGlobal()
        let request = try #require(org.requests.first)
        #expect(request.method == "GET" && request.target == "/services/data/v60.0/sobjects")
        #expect(request.header("Authorization") == "Bearer token-1")
        #expect(request.header("Sforce-Call-Options") == "client=sluice")
        #expect(request.header("User-Agent") == "sluice")
    }

    @Test("usage and the server's clock are observed at every answer")
    func observation() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(#"{"sobjects":[]}"#) }
        let calls = Mutex<[AnsweredCall]>([])
        let client = org.client(observer: { call in calls.withLock { $0.append(call) } })
        #expect(client.apiUsage == nil)
        _ = try await client.describeGlobal()
        #expect(client.apiUsage == LimitInfo(used: 18, max: 5000))
        let call = try #require(calls.withLock { $0.first })
        #expect(call.method == "GET" && call.path == "/services/data/v60.0/sobjects" && call.status == 200)
        #expect(call.usage?.used == 18 && call.serverDate?.timeIntervalSince1970 == 1_645_224_274)
        #expect(try await client.serverDate().timeIntervalSince1970 == 1_645_224_274)
        #expect(org.requests.last?.header("Authorization") == nil)
    }

    @Test(
        "usage is read with and without what an app of its own adds",
        arguments: [
            ("api-usage=18/5000", LimitInfo(used: 18, max: 5000)),
            ("api-usage=25/5000; per-app-api-usage=17/250(appName=x)", LimitInfo(used: 25, max: 5000)),
            ("nonsense", nil), ("api-usage=x", nil),
        ])
    func usage(header: String, expected: LimitInfo?) {
        #expect(LimitInfo(header: header) == expected)
    }

    @Test(
        "an error keeps Salesforce's code, message and fields, and says what can help",
        arguments: [
            ("INVALID_FIELD", 400, RetryClass.schemaChanged), ("INVALID_TYPE", 404, .schemaChanged),
            ("REQUEST_LIMIT_EXCEEDED", 403, .organizationLimit),
            ("UNABLE_TO_LOCK_ROW", 400, .backOff), ("SERVER_UNAVAILABLE", 503, .backOff), ("QUERY_TIMEOUT", 400, .backOff),
            ("INVALID_QUERY_LOCATOR", 400, .backOff), ("API_DISABLED_FOR_ORG", 403, .needsAuthorization), ("MALFORMED_QUERY", 400, .never),
            ("GONE", 410, .versionRetired),
            ("UNSUPPORTED_API_VERSION", 500, .versionRetired), ("InvalidVersion", 400, .versionRetired),
            ("NOT_FOUND", 404, .never), ("SOMETHING_NEW", 400, .never), ("SOMETHING_NEW", 502, .backOff),
        ])
    func errors(code: String, status: Int, retry: RetryClass) async throws {
        let org = try ScriptedOrg { _ in
            ScriptedOrg.json(#"[{"message":"why","errorCode":"\#(code)","fields":["A__c"]}]"#, status: status)
        }
        let error = await failure { _ = try await org.client().describe("Account") }
        #expect(error?.code.rawValue == code && error?.message == "why" && error?.fields == ["A__c"])
        #expect(error?.httpStatus == status && error?.retry == retry)
        #expect(error?.resource == "GET /services/data/v60.0/sobjects/Account/describe")
    }

    @Test(
        "a page in HTML, an empty body and a body that breaks off are errors, never a crash",
        arguments: [
            (200, "text/html", "<html>\n  <h1>Down for maintenance</h1></html>", "expected JSON, got text/html: <html> <h1>Down"),
            (503, "text/html", "<html>Service unavailable</html>", "expected JSON, got text/html"),
            (200, "application/json", "", "empty body"),
            (200, "application/json", #"{"sobjects":["#, "expected JSON"),
            (200, "application/json", #"{"other":1}"#, "sobjects is missing"),
            (500, "application/json", "", "empty body"), (502, "text/plain", "Bad Gateway", "got text/plain: Bad Gateway"),
        ])
    func notJSON(status: Int, type: String, body: String, message: String) async throws {
        let org = try ScriptedOrg { _ in RawAnswer(status, headers: [("Content-Type", type)], body) }
        let error = await failure { _ = try await org.client().describeGlobal() }
        #expect(error?.message.contains(message) == true)
        #expect(error?.retry == .backOff && error?.httpStatus == status && error?.mayHaveBeenApplied == true)
    }

    @Test("the excerpt of a long page is short")
    func excerpt() async throws {
        let org = try ScriptedOrg { _ in RawAnswer(500, String(repeating: "x", count: 5000)) }
        let error = await failure { _ = try await org.client().describeGlobal() }
        #expect((error?.message.count ?? 1000) < 300)
    }

    @Test("a lost answer to a write says that the write may have been done")
    func lostAnswer() async throws {
        let org = try ScriptedOrg { _ in throw Hangup() }
        let error = await failure { _ = try await org.client().insert("Account", [RecordWrite(fields: [.init("Name", .string("x"))])]) }
        #expect(error?.code == .unreachable && error?.mayHaveBeenApplied == true && error?.retry == .backOff)
        #expect(org.requests.count == 1)
    }

    @Test("describe reads the keys a column needs and leaves the rest")
    func describe() async throws {
        let org = try ScriptedOrg { _ in ScriptedOrg.json(describeJSON) }
        let object = try await org.client().describe("Account")
        #expect(object.name == "Account" && object.keyPrefix == "001" && object.fields.count == 2)
        let field = try #require(object.field("external_id__C"))
        #expect(field.externalId && field.unique && field.length == 255 && field.type == "string" && field.compoundFieldName == nil)
        #expect(object.field("ParentId")?.referenceTo == ["Account"] && object.field("ParentId")?.relationshipName == "Parent")
    }

    @Test("an object's name cannot reach into the path")
    func names() async throws {
        let org = try ScriptedOrg()
        let error = await failure { _ = try await org.client().describe("../limits") }
        #expect(error?.code == .invalidRequest && org.logins.isEmpty)
    }

    @Test("getDeleted sends a window in UTC and reads its three times")
    func deleted() async throws {
        let org = try ScriptedOrg { _ in
            ScriptedOrg.json(
                #"{"deletedRecords":[{"id":"a00D0000008pQRAIA2","deletedDate":"2013-05-07T22:07:19.000+0000"}],"#
                    + #""earliestDateAvailable":"2013-05-03T15:57:00.000+0000","latestDateCovered":"2013-05-08T21:20:00.000+0000"}"#)
        }
        let start = Date(timeIntervalSince1970: 1_367_900_000)
        let deleted = try await org.client().deleted("Account", from: start, to: start.addingTimeInterval(3600))
        #expect(
            org.requests[0].target
                == "/services/data/v60.0/sobjects/Account/deleted/?start=2013-05-07T04%3A13%3A20Z&end=2013-05-07T05%3A13%3A20Z")
        #expect(deleted.records.map(\.id) == ["a00D0000008pQRAIA2"])
        #expect(deleted.records[0].deletedDate.timeIntervalSince1970 == 1_367_964_439)
        #expect(deleted.latestDateCovered > deleted.earliestDateAvailable)
    }

    @Test("getUpdated, limits and record counts are read")
    func replication() async throws {
        let org = try ScriptedOrg { request in
            switch request.path.split(separator: "/").last {
            case "updated": ScriptedOrg.json(#"{"ids":["003q000000KvQ1tAAF"],"latestDateCovered":"2015-08-19T08:17:00.000+0000"}"#)
            case "limits": ScriptedOrg.json(#"{"DailyApiRequests":{"Max":15000,"Remaining":14998,"App":{"Max":0,"Remaining":0}}}"#)
            default: ScriptedOrg.json(#"{"sObjects":[{"count":3,"name":"Account"}]}"#)
            }
        }
        let client = org.client()
        let now = Date(timeIntervalSince1970: 1_440_000_000)
        #expect(try await client.updated("Contact", from: now, to: now.addingTimeInterval(120)).ids == ["003q000000KvQ1tAAF"])
        #expect(try await client.limits()["DailyApiRequests"]?.remaining == 14998)
        #expect(try await client.recordCount(["Account", "Contact"]) == ["Account": 3])
        #expect(org.requests.last?.target == "/services/data/v60.0/limits/recordCount?sObjects=Account,Contact")
    }

    @Test("one record is read field by field, and one that is gone is nil")
    func retrieve() async throws {
        let org = try ScriptedOrg { request in
            request.path.contains("BkK19")
                ? ScriptedOrg.json(
                    #"{"attributes":{"type":"User","url":"/x"},"Id":"005Hs00000BkK19IAF","Name":"J\u00fcrgen","Age__c":null}"#)
                : ScriptedOrg.error("NOT_FOUND", "The requested resource does not exist", status: 404)
        }
        let id = try #require(SalesforceID("005Hs00000BkK19"))
        let record = try await org.client().retrieve("User", id: id, fields: ["Id", "Name", "Age__c"])
        #expect(record == ["Id": "005Hs00000BkK19IAF", "Name": "Jürgen", "Age__c": nil])
        let gone = try #require(SalesforceID("7505G00000ijiDF"))
        #expect(try await org.client().retrieve("User", id: gone, fields: ["Id"]) == nil)
    }
}

private struct Hangup: Error {}

private let describeJSON = """
    {"name":"Account","label":"Account","keyPrefix":"001","custom":false,"createable":true,"updateable":true,"deletable":true,
     "queryable":true,"replicateable":true,"deprecatedAndHidden":false,"childRelationships":[{"field":"ParentId"}],"urls":{},
     "fields":[
      {"aggregatable":true,"name":"External_Id__c","label":"External Id","type":"string","soapType":"xsd:string","length":255,"byteLength":765,
       "precision":0,"scale":0,"digits":0,"nillable":true,"unique":true,"caseSensitive":false,"externalId":true,"idLookup":true,
       "createable":true,"updateable":true,"calculated":false,"autoNumber":false,"defaultedOnCreate":false,"custom":true,
       "deprecatedAndHidden":false,"filterable":true,"encrypted":false,"referenceTo":[],"relationshipName":null,
       "polymorphicForeignKey":false,"compoundFieldName":null,"extraTypeInfo":null,"picklistValues":[]},
      {"name":"ParentId","label":"Parent","type":"reference","soapType":"tns:ID","length":18,"precision":0,"scale":0,"digits":0,
       "nillable":true,"unique":false,"externalId":false,"idLookup":false,"createable":true,"updateable":true,"calculated":false,
       "autoNumber":false,"defaultedOnCreate":false,"custom":false,"deprecatedAndHidden":false,"referenceTo":["Account"],
       "relationshipName":"Parent"}]}
    """
