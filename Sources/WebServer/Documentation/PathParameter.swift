/// A part of a path that stands for something, by the name that the routes give it.
package enum PathParameter {
    /// What the parameter is.
    ///
    /// - Precondition: the name has a line here, which a test sees to for every route.
    package static func schema(_ name: String) -> JSONSchema? { known[name] }

    private static let known: [String: JSONSchema] = [
        "connection": JSONSchema.uuid.described("A connection's id."),
        "mapping": JSONSchema.uuid.described("A mapping's id."),
        "job": JSONSchema.integer(1...Int.max).described("A job's number."),
        "app": JSONSchema.string(minLength: 1).described("The name of an app."),
        "user": JSONSchema.string(minLength: 1).described("A user's id or address."),
        "token": JSONSchema.string(pattern: "^[0-9a-f]{12}$").described("A token's id."),
        "session": JSONSchema.string(pattern: "^[0-9a-f]{12}$").described("A session's id."),
        "key": JSONSchema.string(minLength: 1).described("The name of an environment variable."),
        "notification": JSONSchema.integer(1...Int.max).described("A notification's number."),
        "schema": JSONSchema.string(minLength: 1).described("The name of a schema."),
        "object": JSONSchema.objectName.described("The name of a Salesforce object."),
        "service": JSONSchema.string(minLength: 1).described("A service of External Objects."),
        "outlet": JSONSchema.uuid.described("An outlet's id."),
        "row": JSONSchema.integer(1...Int(Int32.max)).described("A row's id."),
        "validation": JSONSchema.uuid.described("A diagnosis."),
        "adoption": JSONSchema.uuid.described("An adoption, or the plan of one."),
    ]

    /// The names in a route's path, in order.
    package static func names(in path: String) -> [String] {
        path.split(separator: "/").filter { $0.hasPrefix(":") }.map { String($0.dropFirst()) }
    }
}
