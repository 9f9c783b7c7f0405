package import Catalog

/// What a JSON value looks like: a JSON Schema of the 2020-12 dialect, as OpenAPI 3.1 has it.
///
/// Objects are strict unless they say otherwise: each key is required and none other may appear, so that an answer that grew a key its
/// documentation lacks is found by the tests.
package struct JSONSchema: Sendable {
    /// The schema where it is used: a reference for a named one.
    package let value: JSONValue
    /// The named schemas that `value` refers to, directly or not, by name.
    package let components: [String: JSONValue]

    package init(_ value: JSONValue, components: [String: JSONValue] = [:]) {
        self.value = value
        self.components = components
    }

    package static let string = JSONSchema(["type": "string"])
    /// A text of a request's body, as `RequestFields` reads it.
    package static let text = string(maxLength: RequestFields.longestText)
    package static let integer = JSONSchema(["type": "integer"])
    package static let number = JSONSchema(["type": "number"])
    package static let boolean = JSONSchema(["type": "boolean"])
    package static let null = JSONSchema(["type": "null"])
    /// A time of RFC 3339.
    package static let time = JSONSchema(["type": "string", "format": "date-time"])
    package static let uuid = JSONSchema(["type": "string", "format": "uuid"])
    /// A name of Salesforce's.
    package static let objectName = string(maxLength: 255, pattern: "^[A-Za-z][A-Za-z0-9_]*$")
    /// Whatever JSON can say.
    package static let anything = JSONSchema([:])
    /// An object of any keys.
    package static let anyObject = JSONSchema(["type": "object"])

    /// A string of so many characters, and of a form when `pattern` (ECMA 262) is given.
    package static func string(minLength: Int? = nil, maxLength: Int? = nil, pattern: String? = nil) -> JSONSchema {
        JSONSchema(
            .object(
                [.init("type", "string")]
                    + [minLength.map { .init("minLength", .integer($0)) }, maxLength.map { .init("maxLength", .integer($0)) }]
                    .compactMap { $0 } + (pattern.map { [.init("pattern", .string($0))] } ?? [])))
    }

    /// A whole number within a range.
    package static func integer(_ range: ClosedRange<Int>) -> JSONSchema {
        JSONSchema(["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)])
    }

    /// One of a few strings.
    package static func oneOf(_ texts: [String]) -> JSONSchema {
        JSONSchema(["type": "string", "enum": .array(texts.map { .string($0) })])
    }

    /// One of a few strings.
    package static func oneOf(_ texts: String...) -> JSONSchema { oneOf(texts) }

    /// One value and no other.
    package static func only(_ value: JSONValue) -> JSONSchema { JSONSchema(["const": value]) }

    /// What fits one schema at least.
    package static func anyOf(_ schemas: [JSONSchema]) -> JSONSchema {
        JSONSchema(["anyOf": .array(schemas.map(\.value))], components: merged(schemas))
    }

    /// A list, of so many elements at least and at most.
    package static func array(of element: JSONSchema, minItems: Int? = nil, maxItems: Int? = nil) -> JSONSchema {
        let bounds = [minItems.map { .init("minItems", .integer($0)) }, maxItems.map { .init("maxItems", .integer($0)) }]
            .compactMap { $0 as JSONValue.Member? }
        return JSONSchema(.object([.init("type", "array"), .init("items", element.value)] + bounds), components: element.components)
    }

    /// An object of any keys whose values are alike.
    package static func dictionary(of element: JSONSchema) -> JSONSchema {
        JSONSchema(["type": "object", "additionalProperties": element.value], components: element.components)
    }

    /// An object.
    ///
    /// - Parameter optional: keys that may be missing.
    /// - Parameter open: whether there may be other keys.
    package static func object(_ members: KeyValuePairs<String, JSONSchema>, optional: Set<String> = [], open: Bool = false) -> JSONSchema {
        let required = members.map(\.key).filter { !optional.contains($0) }
        var parts: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(members.map { .init($0.key, $0.value.value) })),
        ]
        if !required.isEmpty { parts.append(.init("required", .array(required.map { .string($0) }))) }
        if !open { parts.append(.init("additionalProperties", false)) }
        return JSONSchema(.object(parts), components: merged(members.map(\.value)))
    }

    /// The same, or null.
    package var nullable: JSONSchema {
        if case .string(let type) = value["type"], value["enum"] == nil, case .object(let members) = value {
            let both: JSONValue.Member = .init("type", [.string(type), "null"])
            return JSONSchema(.object(members.map { $0.key == "type" ? both : $0 }), components: components)
        }
        return .anyOf([self, .null])
    }

    /// With words that say what it means.
    package func described(_ text: String) -> JSONSchema {
        // Beside a reference other keywords are allowed since OpenAPI 3.1.
        JSONSchema(.object((value.members ?? []) + [.init("description", .string(text))]), components: components)
    }

    /// With an example, which documentation shows.
    package func example(_ example: JSONValue) -> JSONSchema {
        JSONSchema(.object((value.members ?? []) + [.init("examples", [example])]), components: components)
    }

    /// The schema as a component of the document, written once and referred to elsewhere. Two schemas of one name are one.
    package func named(_ name: String) -> JSONSchema {
        JSONSchema(["$ref": .string("#/components/schemas/\(name)")], components: components.merging([name: value]) { $1 })
    }

    /// An object with the keys of both; what both have is as the other has it.
    package func joined(with other: JSONSchema) -> JSONSchema {
        func members(_ schema: JSONSchema) -> [JSONValue.Member] { schema.value["properties"]?.members ?? [] }
        let theirs = Set(members(other).map(\.key))
        let required = [self, other].flatMap { $0.value["required"]?.elements ?? [] }
        var parts: [JSONValue.Member] = [
            .init("type", "object"), .init("properties", .object(members(self).filter { !theirs.contains($0.key) } + members(other))),
            .init("required", .array(required.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })),
        ]
        if value["additionalProperties"] == false { parts.append(.init("additionalProperties", false)) }
        return JSONSchema(.object(parts), components: Self.merged([self, other]))
    }

    private static func merged(_ schemas: [JSONSchema]) -> [String: JSONValue] {
        schemas.reduce(into: [:]) { $0.merge($1.components) { $1 } }
    }
}

extension JSONSchema {
    /// A list as Heroku Connect's API gives it.
    package static func list(of element: JSONSchema) -> JSONSchema {
        .object(["count": .integer(0...Int(Int32.max)), "results": .array(of: element)])
    }

    /// A list with the addresses of its neighbouring pages.
    package static func pagedList(of element: JSONSchema) -> JSONSchema {
        .object([
            "count": .integer(0...Int(Int32.max)), "next": .string.nullable, "previous": .string.nullable, "results": .array(of: element),
        ])
    }

    /// The body of every refusal.
    package static let error = JSONSchema.object(
        [
            "code": .string.described("What kind of refusal this is, for programs."),
            "message": .string.described("What is wrong, for people."),
        ],
        open: true
    ).named("Error")
}
