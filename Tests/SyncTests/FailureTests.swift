import Catalog
import HTTPTransport
import HTTPTypes
import JobQueue
import MappedSchema
import Salesforce
import Testing

@testable import Postgres
@testable import Sync

@Suite("What a failure means")
struct FailureTests {
    struct ServerCase: Sendable, CustomTestStringConvertible {
        let sqlState: String
        let meaning: Failure.Meaning
        var message = "said by the server"
        var testDescription: String { "\(sqlState) \(message)" }
    }

    static let serverCases: [ServerCase] =
        [
            // What passes: connections, resources, others' locks and deadlocks, operators, the disk, bugs.
            "08006", "08001", "53000", "53100", "53200", "53300", "57014", "57P01", "57P02", "57P03", "40001", "40P01", "55P03", "55006",
            "58030",
            "XX000", "XX002", "25P02", "25P03", "26000", "24000", "HV000", "42P05",
        ].map { ServerCase(sqlState: $0, meaning: .passes) }
        + [
            "22001", "22003", "22007", "22008", "22021", "22P02", "22P04", "22P05", "23502", "23503", "23505", "23514", "23P01", "42501",
            "42601",
            "42701", "42703", "42704", "42804", "42809", "42883", "42P01", "42P07", "54000", "54001", "54011", "0A000", "P0001", "P0002",
            "21000",
            "27000", "2BP01", "38000", "39000", "3F000", "44000", "55000", "U0001", "99ABC",
        ].map { ServerCase(sqlState: $0, meaning: .endsMapping(.systemError)) }
        + ["28000", "28P01", "3D000", "25006"].map { ServerCase(sqlState: $0, meaning: .endsConnection(.dbUnavailable)) }
        + [
            ServerCase(sqlState: "0A000", meaning: .passes, message: "cached plan must not change result type"),
            ServerCase(sqlState: "42P01", meaning: .passes, message: "relation \"sluice_staging.l_1_2\" does not exist"),
        ]

    @Test("that Postgres tells goes by its SQLSTATE", arguments: serverCases)
    func server(_ entry: ServerCase) {
        let error = PostgresError(code: .server, message: entry.message, sqlState: entry.sqlState)
        let failure = Failure(error)
        #expect(failure.meaning == entry.meaning)
        #expect(failure.reason == error.description)
        #expect(failure.isRetryable == (entry.meaning == .passes))
    }

    @Test("to reach Postgres passes, unless the login or the address is refused")
    func unreachable() {
        for code in [PostgresError.Code.connectionFailed, .connectionLost, .timedOut, .poolExhausted, .closed, .decoding] {
            #expect(Failure(PostgresError(code: code, message: "…")).meaning == .passes)
        }
        #expect(Failure(PostgresError(code: .configuration, message: "…")).meaning == .endsConnection(.dbUnavailable))
        #expect(
            Failure(PostgresError(code: .connectionFailed, message: "…", sqlState: "28P01")).meaning == .endsConnection(.dbUnavailable))
        #expect(Failure(PostgresError(code: .connectionFailed, message: "…", sqlState: "57P03")).meaning == .passes)
    }

    @Test("of an API version that the org has retired ends the connection, and says what to do")
    func retiredVersion() {
        let error = SalesforceError(code: "GONE", message: "The API version is retired", httpStatus: 410, retry: .versionRetired)
        let failure = Failure(error)
        #expect(failure.meaning == .endsConnection(.systemError))
        #expect(failure.reason.contains("manage-sf-api-version") && failure.reason.contains("67.0") && failure.reason.contains("resume"))
        #expect(!error.isRetryable)
    }

    @Test("of a table, column or schema that is missing is mended by a load, of another name by none")
    func mended() {
        for (sqlState, needsLoad) in [("42P01", true), ("42703", true), ("3F000", true), ("42501", false), ("22P02", false)] {
            #expect(Failure(PostgresError(code: .server, message: "…", sqlState: sqlState)).needsLoad == needsLoad, "\(sqlState)")
        }
        #expect(
            !Failure(PostgresError(code: .server, message: "relation \"sluice_staging.l_1\" does not exist", sqlState: "42P01")).needsLoad)
    }

    @Test(
        "of a unique constraint goes by which one: others' instant, the sequence of ids, or the value itself",
        arguments: [
            ("hcu_idx_account_sfid", .passes, false), ("pg_class_relname_nsp_index", .passes, false),
            ("pg_type_typname_nsp_index", .passes, false), ("account_pkey", .endsMapping(.systemError), true),
            ("hcu_idx_account_key__c", .endsMapping(.systemError), false), ("own_key", .endsMapping(.systemError), false),
            (nil, .endsMapping(.systemError), false),
        ] as [(String?, Failure.Meaning, Bool)])
    func constraint(name: String?, meaning: Failure.Meaning, needsLoad: Bool) {
        var error = PostgresError(
            code: .server, message: "duplicate key value violates unique constraint", sqlState: PostgresError.uniqueViolation)
        error.constraint = name
        #expect(Failure(error).meaning == meaning)
        #expect(Failure(error).needsLoad == needsLoad)
    }

    @Test("names table, column and constraint in its cause, and no row")
    func causeNames() {
        var error = PostgresError(code: .server, message: "new row for relation \"account\" violates check constraint", sqlState: "23514")
        error.table = "account"
        error.constraint = "own_check"
        error.detail = "Failing row contains (1, secret)."
        #expect(Failure(error).cause == "23514 account own_check")
    }

    struct OrgCase: Sendable, CustomTestStringConvertible {
        let code: String
        let status: Int
        let meaning: Failure.Meaning
        var testDescription: String { "\(code) \(status)" }
    }

    static let orgCases: [OrgCase] = [
        OrgCase(code: "QUERY_TIMEOUT", status: 400, meaning: .passes), OrgCase(code: "UNABLE_TO_LOCK_ROW", status: 400, meaning: .passes),
        OrgCase(code: "SERVER_UNAVAILABLE", status: 503, meaning: .passes),
        OrgCase(code: "UNKNOWN_EXCEPTION", status: 500, meaning: .passes),
        OrgCase(code: "INVALID_SESSION_ID", status: 401, meaning: .passes), OrgCase(code: "SOMETHING_NEW", status: 500, meaning: .passes),
        OrgCase(code: "SOMETHING_NEW", status: 429, meaning: .passes),
        OrgCase(code: "REQUEST_LIMIT_EXCEEDED", status: 403, meaning: .rests),
        OrgCase(code: "INVALID_FIELD", status: 400, meaning: .endsMapping(.badConfig)),
        OrgCase(code: "INVALID_TYPE", status: 400, meaning: .endsMapping(.badConfig)),
        OrgCase(code: "NOT_FOUND", status: 404, meaning: .endsMapping(.badConfig)),
        OrgCase(code: "MALFORMED_QUERY", status: 400, meaning: .endsMapping(.badConfig)),
        OrgCase(code: "INSUFFICIENT_ACCESS", status: 403, meaning: .endsMapping(.badConfig)),
        OrgCase(code: "SOMETHING_NEW", status: 400, meaning: .endsMapping(.systemError)),
        OrgCase(code: "INVALID_LOGIN", status: 400, meaning: .endsConnection(.unauthorized)),
        OrgCase(code: "inactive_org", status: 400, meaning: .endsConnection(.unauthorized)),
    ]

    @Test("that Salesforce tells goes by its code, then by the answer's status", arguments: orgCases)
    func org(_ entry: OrgCase) {
        let body = Array(#"[{"errorCode":"\#(entry.code)","message":"in its words"}]"#.utf8)
        let error = SalesforceError(head: TransferResponseHead(status: entry.status, headers: [:]), body: body, resource: "GET query")
        #expect(Failure(error).meaning == entry.meaning)
        #expect(Failure(error).reason == "Salesforce: \(error)")
    }

    @Test("of the engine goes by its code")
    func engine() {
        let cases: [(SyncError.Code, Failure.Meaning)] = [
            (.badConfiguration, .endsMapping(.badConfig)), (.unauthorized, .endsConnection(.unauthorized)), (.inconsistent, .passes),
            (.bulkJobFailed, .passes), (.removed, .removed),
        ]
        for (code, meaning) in cases {
            #expect(Failure(SyncError(code: code, message: "…")).meaning == meaning, "\(code)")
        }
        let ofSchemas: [(MappedSchemaError.Code, Failure.Meaning)] = [
            (.badConfiguration, .endsMapping(.badConfig)), (.foreignSchema, .endsConnection(.dbUnavailable)), (.inconsistent, .passes),
        ]
        for (code, meaning) in ofSchemas {
            #expect(Failure(MappedSchemaError(code: code, message: "…")).meaning == meaning, "\(code)")
        }
        #expect(Failure(JobFailure.permanent("…")).meaning == .endsMapping(.systemError))
        #expect(Failure(JobFailure.retry(after: .zero, "…")).meaning == .passes)
        struct Surprise: Error {}
        #expect(Failure(Surprise()).meaning == .passes)
    }

    @Test("has the same cause whatever the row or the statement, and another for another kind")
    func cause() {
        func failure(_ sqlState: String, _ message: String) -> Failure {
            Failure(PostgresError(code: .server, message: message, sqlState: sqlState))
        }
        #expect(failure("22P02", "invalid input: \"a\"").cause == failure("22P02", "invalid input: \"b\"").cause)
        #expect(failure("22P02", "…").cause != failure("22003", "…").cause)
    }
}
