import WebServer

extension AccountDocument {
    private static let roleOn = JSONSchema.oneOf("viewer", "operator", "admin")

    /// What `account` makes.
    static let accountSchema = JSONSchema.object(
        [
            "id": .uuid, "email": .string, "administrator": .boolean,
            "apps": .array(of: .object(["name": .string, "role": roleOn])),
            "connections": .array(of: .object(["id": .uuid, "role": roleOn])),
            "created_at": .time, "password_set_at": .time.nullable, "tokens": .integer, "sessions": .integer,
            "limited_to": roleOn.nullable.described("The most that the token may do that asks; only of oneself."),
        ], optional: ["limited_to"]
    ).named("User")

    /// What `members` makes of a token.
    static let tokenSchema = JSONSchema.object(tokenMembers).named("Token")

    /// The same, this once with the token itself.
    static let newTokenSchema = JSONSchema.object([
        "id": .string, "name": .string.nullable, "role": roleOn.nullable, "created_at": .time, "expires_at": .time.nullable,
        "last_used_at": .time.nullable, "sessions": .integer, "token": .string.described("The token: told this once."),
    ]).named("NewToken")

    /// A password that somebody may have.
    static let password = JSONSchema.string(minLength: 12, maxLength: 200, pattern: #"^[^\u0000]*$"#)

    /// What makes a token.
    static let tokenChange = JSONSchema.object(
        [
            "name": ConnectionFields.name.nullable, "role": roleOn.nullable.described("The most that the token may do."),
            "expires_in_days": .integer(1...3650).nullable,
        ], optional: ["name", "role", "expires_in_days"], open: true)

    /// What `session` makes.
    static let sessionSchema = JSONSchema.object([
        "id": .string, "created_at": .time, "expires_at": .time, "last_used_at": .time.nullable, "address": .string.nullable,
        "agent": .string.nullable, "token": .string.nullable.described("The token that began it; null when a password did."),
        "current": .boolean,
    ]).named("Session")

    /// What `grant` makes.
    static let grantSchema = JSONSchema.object([
        "user": .object(["id": .uuid, "email": .string]), "role": roleOn, "app_role": roleOn.nullable, "connection_role": roleOn.nullable,
        "administrator": .boolean, "granted_at": .time.nullable,
    ]).named("Access")

    private static let tokenMembers: KeyValuePairs<String, JSONSchema> = [
        "id": .string, "name": .string.nullable, "role": roleOn.nullable, "created_at": .time, "expires_at": .time.nullable,
        "last_used_at": .time.nullable, "sessions": .integer,
    ]

    /// A role in a body.
    static let roleChange = JSONSchema.object(["role": roleOn], open: true)

    static func listSchema(of element: JSONSchema) -> JSONSchema { .object(["count": .integer, "results": .array(of: element)]) }
}
