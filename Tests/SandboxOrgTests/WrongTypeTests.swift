import Foundation
import Testing

@testable import SandboxOrg

@Suite("Values of the wrong type")
struct WrongTypeTests {
    private static let tail = " or request may be missing a required field at [line:1, column:"

    @Test(
        "refuse a single record's whole request, and name type, token and place",
        arguments: [
            (#"{"CloseDate":"soon"}"#, "date from VALUE_STRING value soon", 14),
            (#"{"CloseDate":""}"#, "date from VALUE_STRING value ", 14),
            (#"{"CloseDate":{"a":1}}"#, "date from START_OBJECT value {", 14),
            (#"{"Name":"x", "CloseDate": 5}"#, "date from VALUE_NUMBER_INT value 5", 27),
            (#"{"Name":["x"]}"#, "string from START_ARRAY value [", 9),
            (#"{"Name":5}"#, "string from VALUE_NUMBER_INT value 5", 9),
            (#"{"Name":true}"#, "string from VALUE_TRUE value true", 9),
            (#"{"IsPrivate":"FALSE"}"#, "boolean from VALUE_STRING value FALSE", 14),
            (#"{"IsPrivate":1}"#, "boolean from VALUE_NUMBER_INT value 1", 14),
            (#"{"Amount":"much"}"#, "double from VALUE_STRING value much", 11),
            (#"{"Amount":true}"#, "double from VALUE_TRUE value true", 11),
        ])
    func single(body: String, problem: String, column: Int) async throws {
        try await TestOrg.with { org in
            let id = try #require(try await org.query("SELECT Id FROM Opportunity LIMIT 1").records.first?["Id"] as? String)
            let answer = try await org.call("PATCH", "/sobjects/Opportunity/\(id)", body: body)
            #expect(answer.status == 400 && answer.errorCode == "JSON_PARSER_ERROR", "\(answer.text)")
            #expect(answer.errorMessage == "Cannot deserialize instance of \(problem)\(Self.tail)\(column)]")
            #expect(answer.list.first?["fields"] == nil)
        }
    }

    private static let mixed = """
        {"records":[{"attributes":{"type":"Account"},"Name":"good"},{"attributes":{"type":"Account"},"Name":{"a":1}},
        {"attributes":{"type":"Account"},"Name":"better"}]}
        """

    @Test("refuse one record of a collection, and the others are written")
    func collection() async throws {
        try await TestOrg.with { org in
            let results = try await org.call("POST", "/composite/sobjects", body: Self.mixed).list
            #expect(results.map { $0["success"] as? Bool } == [true, false, true])
            let error = (results[1]["errors"] as? [[String: Any]])?.first
            #expect(error?["statusCode"] as? String == "JSON_PARSER_ERROR")
            #expect(error?["message"] as? String == "Cannot deserialize instance of string from START_OBJECT value {")
        }
    }

    @Test("refuse a collection as a whole when the org is set to, and nothing is written", arguments: ["wrong type", "poison"])
    func wholeCollection(cause: String) async throws {
        try await TestOrg.with { org in
            let isPoison = cause == "poison"
            let faults = isPoison ? #"{"poison":"better"}"# : #"{"refuse_whole_collections":true}"#
            #expect(try await org.call("POST", "/sandbox/faults", body: faults).status == 200)
            let before = try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int
            let answer = try await org.call("POST", "/composite/sobjects", body: Self.mixed)
            #expect(answer.status == 400 && answer.errorCode == (isPoison ? "UNKNOWN_EXCEPTION" : "JSON_PARSER_ERROR"), "\(answer.text)")
            if !isPoison { #expect(answer.errorMessage?.contains(Self.tail) == true) }
            #expect(try await org.query("SELECT COUNT() FROM Account").object["totalSize"] as? Int == before)
            let good = #"{"records":[{"attributes":{"type":"Account"},"Name":"good"}]}"#
            #expect(try await org.call("POST", "/composite/sobjects", body: good).list.first?["success"] as? Bool == true)
        }
    }

    @Test("are told of a bulk upload by their column, counted from 0, with the uploaded names of failed rows unquoted")
    func bulk() async throws {
        try await TestOrg.with { org in
            let job = try await org.call(
                "POST", "/jobs/ingest", body: #"{"object":"Opportunity","operation":"insert","contentType":"CSV","lineEnding":"LF"}"#)
            let id = try #require(job.object["id"] as? String)
            let rows = """
                Name,StageName,Amount,CloseDate
                a,Prospecting,1.5,soon
                b,Prospecting,much,2030-01-01
                c,Prospecting,2.5,2030-01-01

                """
            let upload = try await org.call("PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: rows)
            #expect(upload.status == 201)
            #expect(try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#).status == 200)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "JobComplete" }
            let failed = try await org.get("/jobs/ingest/\(id)/failedResults").text
            #expect(failed.hasPrefix("\"sf__Id\",\"sf__Error\",Name,StageName,Amount,CloseDate\n"))
            let errors = readCSV(failed).dropFirst().map { $0[1] }
            #expect(
                errors == [
                    "INVALID_FIELD:Failed to deserialize field at col 3. Due to, 'soon' is not a valid value for the type xsd:date:CloseDate --",
                    "INVALID_FIELD:Failed to deserialize field at col 2. Due to, 'much' is not a valid value for the type xsd:double:Amount --",
                ])
        }
    }

    @Test("are told of whole numbers with a fraction as INVALID_TYPE_ON_FIELD_IN_RECORD in an upload")
    func wholeNumbers() async throws {
        try await TestOrg.with { org in
            let job = try await org.call(
                "POST", "/jobs/ingest", body: #"{"object":"Account","operation":"insert","contentType":"CSV","lineEnding":"LF"}"#)
            let id = try #require(job.object["id"] as? String)
            _ = try await org.call(
                "PUT", "/jobs/ingest/\(id)/batches", headers: ["Content-Type": "text/csv"], body: "Name,NumberOfEmployees\na,250.0\n")
            _ = try await org.call("PATCH", "/jobs/ingest/\(id)", body: #"{"state":"UploadComplete"}"#)
            try await eventually { try await org.get("/jobs/ingest/\(id)").object["state"] as? String == "JobComplete" }
            let failed = readCSV(try await org.get("/jobs/ingest/\(id)/failedResults").text)
            #expect(failed.last?[1].hasPrefix("INVALID_TYPE_ON_FIELD_IN_RECORD:") == true)
        }
    }
}
