import Catalog
import HTTPTypes
import WebServer

extension ChangeDocument {
    /// What `value` makes.
    static let schema = JSONSchema.object([
        "id": .integer, "table_name": .string, "record_id": .integer.nullable, "sfid": .string.nullable, "action": .string,
        "state": .string,
        "message": .string, "cause": .string, "created_at": .time, "processed_at": .time.nullable, "archived": .boolean,
        "values": JSONSchema.dictionary(of: .string.nullable).nullable, "old": JSONSchema.dictionary(of: .string.nullable).nullable,
    ]).named("Change")
}

extension ResolveAction {
    var summary: String {
        switch self {
        case .retry: "Has failed changes tried again, by what their rows hold now."
        case .ignore: "Gives failed changes up."
        case .reread: "Reads the records of rows again; changes that wait stay."
        case .overwriteSalesforce: "Writes rows to Salesforce as they are."
        case .overwritePostgres: "Makes rows what Salesforce holds; their changes are given up."
        }
    }

    static let accepted = JSONSchema.object(["count": .integer, "job": .object(["id": .integer, "detail_url": .string])])
}

extension FailedChangeRoutes {
    private static let path = "/api/v3/connections/:connection/failed-changes"
    private static let filters: [RouteDocumentation.Query] = [
        .mapping, .init("text", .string, "Only changes whose message holds this, whatever its case."),
        .init("cause", cause, "Only changes of this group."),
    ]

    static let documentation: [RouteDocumentation] = reading + acting

    private static let reading: [RouteDocumentation] =
        [
            RouteDocumentation(
                .get, path, "Lists what could not be written to Salesforce, the newest first, from the trigger log and its archive.",
                query: filters + [.before, .limit], answers: [.json(.ok, .page(of: ChangeDocument.schema)), conflict]),
            RouteDocumentation(
                .get, "\(path)/count", "Counts failed changes.", query: filters,
                answers: [.json(.ok, .object(["count": .integer, "exact": .boolean])), conflict]),
            RouteDocumentation(
                .get, "\(path)/groups", "Lists failed changes by table and cause, the largest groups first.", query: filters + [.limit],
                answers: [
                    .json(
                        .ok,
                        .list(
                            of: .object([
                                "table_name": .string, "cause": .string, "reason": .string, "example": .string, "count": .integer,
                                "first_at": .time, "last_at": .time,
                            ]))), conflict,
                ]),
        ]

    private static let acting: [RouteDocumentation] = ResolveAction.allCases.map { action in
        RouteDocumentation(
            .post, "\(path)/actions/\(action.word)", action.summary,
            detail:
                "Changes are named by number, by a filter, or all of them; `expected_count` refuses when there are more or fewer by now.",
            body: .json(
                .object(
                    [
                        "changes": numbers, "rows": numbers, "cause": cause.nullable, "text": text.nullable,
                        "mapping": text.nullable,
                        "all": .boolean.nullable, "expected_count": .integer.nullable,
                    ], optional: ["changes", "rows", "cause", "text", "mapping", "all", "expected_count"])),
            answers: [
                .json(.accepted, ResolveAction.accepted),
                .error(.conflict, "None are meant, or another number than expected, nothing is written now, or the mapping is read-only."),
            ])
    }

    private static let cause = JSONSchema.string(pattern: "^[0-9a-f]{32}$")
    private static let text = JSONSchema.string(minLength: 1, maxLength: ChangeSelection.longestText)
    fileprivate static let numbers = JSONSchema.array(of: .integer(1...Int(Int32.max)), minItems: 1, maxItems: ChangeSelection.mostNamed)
        .nullable
    fileprivate static let conflict = RouteDocumentation.Answer.error(
        .conflict, "The schema belongs to another connection, or the connection's state allows no look at Salesforce.")
}

extension RowRoutes {
    private static let path = "/api/v3/mappings/:mapping/rows"

    static let documentation: [RouteDocumentation] = reading + acting

    private static let reading: [RouteDocumentation] =
        [
            RouteDocumentation(
                .get, path, "Shows rows beside their records.",
                detail:
                    "`different`, `only_here` and `only_there` are found by looking at some thousand rows or records a page: a page may have fewer entries than asked for, and `next` goes on.",
                query: [
                    .init("state", .oneOf(MappedRowState.allCases.map(\.rawValue)), "Which rows; any unless told."),
                    .init("search", .string, "Only rows whose id, sfid, _hc_err or name holds this."),
                    .init("after", .string, "Where the last page ended: a row's id, or of `only_there` a record's."),
                    .init("limit", .integer(1...200), "At most so many; 50 unless told."),
                    .init("salesforce", .oneOf("true", "false"), "Whether records are looked at; true unless told."),
                ],
                answers: [
                    .json(.ok, .page(of: row, ["looked_at": .integer.nullable, "salesforce_missing": .string.nullable])),
                    FailedChangeRoutes.conflict,
                ]),
            RouteDocumentation(
                .get, "\(path)/:row/history", "Lists what the trigger log and its archive say of a row, the newest first.",
                query: [.before, .limit], answers: [.json(.ok, .page(of: ChangeDocument.schema)), FailedChangeRoutes.conflict]),
        ]

    private static let acting: [RouteDocumentation] = ResolveAction.allCases.map { action in
        RouteDocumentation(
            .post, "\(path)/actions/\(action.word)", action.summary,
            body: .json(
                .object(
                    ["rows": FailedChangeRoutes.numbers, "sfids": records], optional: ["rows", "sfids"])),
            answers: [
                .json(.accepted, ResolveAction.accepted), .error(.conflict, "Nothing is read or written now, or the mapping is read-only."),
            ])
    }

    private static let records = JSONSchema.array(
        of: .string(pattern: "^[!-~]{15}([!-~]{3})?$"), minItems: 1, maxItems: ChangeSelection.mostNamed
    ).nullable

    private static let row = JSONSchema.object([
        "id": .integer.nullable, "sfid": .string.nullable, "state": .oneOf(MappedRowState.allCases.map(\.rawValue)),
        "last_operation": .string.nullable,
        "error": .string.nullable, "pending_changes": .integer, "failed_changes": .integer, "postgres": JSONSchema.anyObject.nullable,
        "salesforce": JSONSchema.anyObject.nullable, "differences": .array(of: .string),
    ]).named("ComparedRow")
}
