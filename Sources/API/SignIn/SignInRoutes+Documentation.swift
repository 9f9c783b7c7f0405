import Catalog
import HTTPTypes
import WebServer

extension SignInRoutes {
    /// Where to sign in; a domain counts with `custom` alone, and is needed there.
    private static let places = [
        JSONSchema.object(
            [
                "environment": JSONSchema.oneOf("production", "sandbox").nullable,
                "domain": JSONSchema.text.nullable.described("Passed over."),
            ], optional: ["environment", "domain"], open: true),
        .object(
            [
                "environment": .only("custom"),
                "domain": .string(maxLength: RequestFields.longestText, pattern: "^(https?:[/]{2})?[A-Za-z0-9.:\\[\\]-]+/?$")
                    .described("The org's host, such as mydomain.my.salesforce.com, or another one that an operator lets people name."),
            ], open: true),
    ]
    private static let terms = JSONSchema.object(
        [
            "api_version": JSONSchema.string(pattern: "^[0-9]{2,3}([.]0)?$").nullable,
            "client_id": JSONSchema.string(minLength: 1, maxLength: RequestFields.longestText).nullable,
            "client_secret": JSONSchema.text.nullable,
            "accept_missing": JSONSchema.boolean.nullable.described("Whether the user need not read everything that is mapped."),
        ], optional: ["api_version", "client_id", "client_secret", "accept_missing"], open: true)
    private static let browser = JSONSchema.object(
        [
            "next": JSONSchema.string(maxLength: RequestFields.longestText, pattern: #"^(/(?![/])|https?:[/]{2}[^/])[!-\[\]-~]*$"#).nullable
                .described(
                    "Where the browser is sent in the end: a path of this server, its own address, or one of the machine in front of the person."
                )
        ], optional: ["next"], open: true)

    /// What each grant is to be told.
    private static let grants: [JSONSchema] = [
        .object(["grant": .only("client_credentials")], open: true),
        .object(
            ["grant": .only("jwt"), "username": filled(), "private_key": filled(20_000).nullable], optional: ["private_key"], open: true),
        .object(["grant": .only("refresh_token"), "refresh_token": filled()], open: true),
        .object(["grant": .only("password"), "username": filled(), "password": filled()], open: true),
    ]
    private static func filled(_ longest: Int = RequestFields.longestText) -> JSONSchema { .string(minLength: 1, maxLength: longest) }

    private static let missing = JSONSchema.object(
        [
            "code": .string, "message": .string, "missing": .array(of: .object(["object_name": .string, "fields": .array(of: .string)])),
        ], optional: ["missing"])

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/authorize_url", "Begins signing a connection in at Salesforce by browser.",
            body: .optionalJSON(.anyOf(places.map { $0.joined(with: terms).joined(with: browser) })),
            answers: [
                .json(.created, .object(["redirect": .string.described("Where to send the browser; good once, for 15 minutes.")])),
                .error(.conflict, "No External Client App is configured."),
            ]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/actions/authorize", "Signs a connection in at Salesforce without a browser.",
            body: .json(.anyOf(places.flatMap { place in grants.map { place.joined(with: terms).joined(with: $0) } })),
            answers: [
                .json(.ok, .object(["username": .string, "organization_id": .string])),
                .json(.conflict, missing, "The user may not read what is mapped, or the login is to another org; nothing was changed."),
            ]),
        RouteDocumentation(
            .get, callbackPath, "Where Salesforce sends the browser back.",
            query: [
                .init("state", .string, "What was begun here."), .init("code", .string, "Salesforce's code."),
                .init("error", .string, "Salesforce's refusal."), .init("error_description", .string, "Its words."),
            ],
            answers: [
                .empty(.seeOther, "Signed in, or refused at Salesforce.", headers: [("Location", "The address that next named.")]),
                .text(.badRequest, type: "text/html", "The state is not good, or Salesforce said no."),
                .error(.badRequest, "The request is none, such as by its percent-encoding."),
                .text(.forbidden, type: "text/html", "Another browser's session began it."),
                .text(.conflict, type: "text/html", "The user may not read what is mapped, or another org's."),
                .text(.serviceUnavailable, type: "text/html", "Salesforce could not be asked."),
                .error(.serviceUnavailable, "Salesforce could not be asked, or this server has no way to it."),
            ]),
    ]
}
