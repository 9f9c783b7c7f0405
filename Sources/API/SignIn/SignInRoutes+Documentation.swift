import HTTPTypes
import WebServer

extension SignInRoutes {
    private static let place: KeyValuePairs<String, JSONSchema> = [
        "environment": JSONSchema.oneOf("production", "sandbox", "custom").nullable,
        "domain": .string.nullable.described("With custom: the org's host, such as mydomain.my.salesforce.com."),
        "next": .string.nullable.described("Where the browser is sent in the end: here, or on the person's own machine."),
        "api_version": .string.nullable, "client_id": .string.nullable, "client_secret": .string.nullable,
        "accept_missing": JSONSchema.boolean.nullable.described("Whether the user need not read everything that is mapped."),
    ]
    private static let credentials: KeyValuePairs<String, JSONSchema> = [
        "grant": .oneOf("client_credentials", "jwt", "refresh_token", "password"),
        "environment": JSONSchema.oneOf("production", "sandbox", "custom").nullable, "domain": .string.nullable,
        "api_version": .string.nullable, "client_id": .string.nullable, "client_secret": .string.nullable, "username": .string.nullable,
        "private_key": .string.nullable, "refresh_token": .string.nullable, "password": .string.nullable,
        "accept_missing": JSONSchema.boolean.nullable,
    ]
    private static let missing = JSONSchema.object(
        [
            "code": .string, "message": .string, "missing": .array(of: .object(["object_name": .string, "fields": .array(of: .string)])),
        ], optional: ["missing"])

    static let documentation: [RouteDocumentation] = [
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/authorize_url", "Begins signing a connection in at Salesforce by browser.",
            body: .optionalJSON(.object(place, optional: Set(place.map(\.key)), open: true)),
            answers: [
                .json(.created, .object(["redirect": .string.described("Where to send the browser; good once, for 15 minutes.")])),
                .error(.conflict, "No External Client App is configured."),
            ]),
        RouteDocumentation(
            .post, "/api/v3/connections/:connection/actions/authorize", "Signs a connection in at Salesforce without a browser.",
            body: .json(.object(credentials, optional: Set(credentials.map(\.key)).subtracting(["grant"]), open: true)),
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
                .text(.forbidden, type: "text/html", "Another browser's session began it."),
                .text(.conflict, type: "text/html", "The user may not read what is mapped, or another org's."),
                .text(.serviceUnavailable, type: "text/html", "Salesforce could not be asked."),
                .error(.serviceUnavailable, "Salesforce could not be asked, or this server has no way to it."),
            ]),
    ]
}
