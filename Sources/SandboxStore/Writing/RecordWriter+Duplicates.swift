package import SandboxBytes
import SandboxData
import SandboxQuery

/// What an admin's duplicate rule found.
package struct DuplicateFinding: Sendable, Equatable {
    package let rule: String
    package let matchingRule: String
    package let allowsSave: Bool
    package let message: String
    package let object: String
    /// 18 characters each.
    package let ids: [String]

    /// As a single row's answer has it.
    package func write(_ json: inout JSONWriter, base: String) {
        // The misspelling is Salesforce's own.
        json.fieldObject("duplicateResut") { json in
            json.field("allowSave", allowsSave)
            json.field("duplicateRule", rule)
            json.field("duplicateRuleEntityType", object)
            json.field("errorMessage", message)
            json.fieldArray("matchResults") { json in
                json.object { json in
                    json.field("entityType", object)
                    json.fieldArray("errors") { _ in }
                    json.field("matchEngine", "ExactMatchEngine")
                    json.fieldArray("matchRecords") { json in
                        for id in ids { self.match(id, &json, base) }
                    }
                    json.field("rule", matchingRule)
                    json.field("size", ids.count)
                    json.field("success", true)
                }
            }
        }
    }

    private func match(_ id: String, _ json: inout JSONWriter, _ base: String) {
        json.object { json in
            json.fieldArray("additionalInformation") { _ in }
            json.fieldArray("fieldDiffs") { _ in }
            json.key("matchConfidence")
            json.raw { $0.append("100.0" as StaticString) }
            json.fieldObject("record") { json in
                json.fieldObject("attributes") { json in
                    json.field("type", object)
                    json.field("url", "\(base)/sobjects/\(object)/\(id)")
                }
                json.field("Id", id)
            }
        }
    }
}

/// What a request says about duplicates: `Sforce-Duplicate-Rule-Header: allowSave=true`.
package enum DuplicateRuleHeader {
    package static let name = "Sforce-Duplicate-Rule-Header"

    @TaskLocal package static var allowsSave = false

    package static func allowsSave(_ header: String) -> Bool {
        header.split(whereSeparator: { $0 == ";" || $0 == "," }).contains { option in
            option.filter { !$0.isWhitespace }.lowercased() == "allowsave=true"
        }
    }
}

extension RecordWriter {
    private static let maximumMatches = 100

    func checkDuplicates(_ object: ObjectSchema, _ cells: [RowState.Cell], row: Int?, state: inout OrgState) throws(RecordError) {
        for rule in object.rules.duplicates {
            let allowsSave = rule.document.allowSave ?? true
            if allowsSave, DuplicateRuleHeader.allowsSave { continue }
            guard row == nil || cells.contains(where: { rule.fields.contains($0.field) }) else { continue }
            guard let key = key(rule, cells, row, state.tables[object.index].rows) else { continue }
            let found = state.tables[object.index].duplicates(of: key, in: rule.fields).filter { $0 != row }
            guard !found.isEmpty else { continue }
            let message = rule.document.message ?? "Use one of these records?"
            let finding = DuplicateFinding(
                rule: rule.document.name, matchingRule: rule.document.matchingRule ?? rule.document.name, allowsSave: allowsSave,
                message: message, object: object.name,
                ids: found.prefix(Self.maximumMatches).map { schema.text(of: RecordID(object: object.index, row: $0)) })
            throw RecordError(code: "DUPLICATES_DETECTED", message: message, duplicates: finding)
        }
    }

    /// What the record has in the rule's fields; nil when one of them is blank.
    private func key(_ rule: ObjectRules.Duplicate, _ cells: [RowState.Cell], _ row: Int?, _ rows: RowStore) -> [String]? {
        var key: [String] = []
        for index in rule.fields {
            let value = cells.first { $0.field == index }?.value ?? row.map { rows.value($0, rows.object.fields[index]) } ?? .null
            guard let text = Table.key(value) else { return nil }
            key.append(text)
        }
        return key
    }
}
