package import Catalog

/// The OpenAPI document as a page: made by the server, so that nothing is loaded from elsewhere and no script runs.
package struct DocumentationPage {
    package let document: JSONValue

    package init(document: JSONValue) { self.document = document }

    package var html: HTML {
        PageLayout(title: "API", user: nil).page(
            """
            <h1>Sluice's API</h1>
            <p>Requests bear a token: <code>Authorization: Bearer …</code>. The same for programs: <a href="/openapi.json">openapi.json</a>.</p>
            \(groups.map { group in
                HTML("<h2 id=\"tag-\(group.tag)\">\(group.tag)</h2>\(group.operations.map(section))")
            })
            <h2 id="schemas">Schemas</h2>
            \(schemas.map(component))
            """)
    }

    private struct Operation {
        let method: String
        let path: String
        let tag: String
        let value: JSONValue
        let parameters: [JSONValue]
    }

    private var operations: [Operation] {
        (document["paths"]?.members ?? []).flatMap { path in
            (path.value.members ?? []).filter { $0.key != "parameters" }.map { member in
                Operation(
                    method: member.key.uppercased(), path: path.key, tag: member.value["tags"]?.elements?.first?.string ?? "",
                    value: member.value,
                    parameters: (path.value["parameters"]?.elements ?? []) + (member.value["parameters"]?.elements ?? []))
            }
        }
    }

    private var groups: [(tag: String, operations: [Operation])] {
        operations.reduce(into: []) { groups, operation in
            if let index = groups.firstIndex(where: { $0.tag == operation.tag }) {
                groups[index].operations.append(operation)
            } else {
                groups.append((operation.tag, [operation]))
            }
        }
    }

    private var schemas: [JSONValue.Member] { document["components"]?["schemas"]?.members ?? [] }

    private func section(_ operation: Operation) -> HTML {
        """
        <details class="operation">
        <summary><code>\(operation.method) \(operation.path)</code> \(operation.value["summary"]?.string ?? "")</summary>
        <p>\(operation.value["description"]?.string ?? "")</p>
        \(parameterTable(operation.parameters))
        \(body(operation.value["requestBody"]))
        <div class="scroll"><table><thead><tr><th>Status</th><th>Meaning</th><th>Body</th></tr></thead><tbody>
        \((operation.value["responses"]?.members ?? []).map(response))
        </tbody></table></div>
        </details>
        """
    }

    private func parameterTable(_ parameters: [JSONValue]) -> HTML {
        guard !parameters.isEmpty else { return "" }
        return """
            <div class="scroll"><table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th><th>Type</th></tr></thead><tbody>
            \(parameters.map { parameter in
                HTML("<tr><th>\(parameter["name"]?.string ?? "")</th><td>\(parameter["in"]?.string ?? "")</td><td>\(parameter["description"]?.string ?? parameter["schema"]?["description"]?.string ?? "")</td><td>\(type(parameter["schema"]))</td></tr>")
            })
            </tbody></table></div>
            """
    }

    private func body(_ body: JSONValue?) -> HTML {
        guard let content = body?["content"]?.members?.first else { return "" }
        return "<p>Body (\(content.key)): \(type(content.value["schema"]))</p>"
    }

    private func response(_ member: JSONValue.Member) -> HTML {
        let content = member.value["content"]?.members ?? []
        let types = content.map { HTML("<p>\($0.key): \(type($0.value["schema"]))</p>") }
        let headers = (member.value["headers"]?.members ?? []).map { HTML("<p>\($0.key): \($0.value["description"]?.string ?? "")</p>") }
        return "<tr><th>\(member.key)</th><td>\(member.value["description"]?.string ?? "")</td><td>\(types)\(headers)</td></tr>"
    }

    private func component(_ schema: JSONValue.Member) -> HTML {
        "<details class=\"operation\" id=\"schema-\(schema.key)\"><summary>\(schema.key)</summary><p>\(type(schema.value))</p></details>"
    }

    /// A schema in a line or a list.
    private func type(_ schema: JSONValue?) -> HTML {
        guard let schema, let members = schema.members, !members.isEmpty else { return "anything" }
        if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last.map(String.init) {
            return "<a href=\"#schema-\(name)\">\(name)</a>"
        }
        if let value = schema["const"] { return value == "" ? "nothing" : "\(value.text)" }
        if let choices = schema["anyOf"]?.elements {
            return choices.dropFirst().reduce(type(choices.first)) { "\($0) or \(type($1))" }
        }
        if let choices = schema["enum"]?.elements {
            return "\(choices.map { $0.string ?? $0.text }.joined(separator: ", "))"
        }
        if let properties = schema["properties"]?.members {
            let required = Set((schema["required"]?.elements ?? []).compactMap(\.string))
            return """
                <ul>\(properties.map { property in
                    HTML("<li><code>\(property.key)</code>\(required.contains(property.key) ? "" : " (optional)"): \(type(property.value))</li>")
                })</ul>
                """
        }
        if let items = schema["items"] { return "list of \(type(items))" }
        let names = schema["type"]?.elements?.compactMap(\.string) ?? [schema["type"]?.string ?? "anything"]
        let bounds = ["format", "pattern", "minimum", "maximum", "minLength", "maxLength"]
            .compactMap { key in schema[key].map { "\(key) \($0.string ?? $0.text)" } }
        return "\((names + bounds).joined(separator: ", "))\(schema["description"]?.string.map { HTML(": \($0)") } ?? "")"
    }
}
