import Catalog
import MappedSchema
import Salesforce

/// What a mapping's configuration and the org's describe say together, rule by rule, in the names of Heroku Connect's diagnosis. A value without
/// I/O. Heroku's thresholds are not public; these are ours.
struct MappingRules: Sendable {
    /// From so many fields on, every page of a query carries so much that reading is felt.
    static let manyFields = 150
    /// From so many long texts on, Salesforce makes its pages smaller, and reading takes many more calls.
    static let manyLargeTexts = 5
    /// Characters from which a text area counts as large.
    static let largeText = 4096

    let objectName: String
    let config: MappingConfig
    /// Nil when the org has no such object for the integration user.
    let object: ObjectDescribe?
    /// The mapped fields as they were found, in the order of the configuration.
    let fields: [MappedField]
    var isOrphaned = false

    /// Everything that the rules say.
    var findings: [Finding] {
        guard let object else {
            return [
                finding(
                    "OBJECT_MUST_BE_VISIBLE", "Object", .error,
                    "The org has no object \(objectName), or the integration user may not see it: grant the user View All on it, or remove the mapping."
                )
            ] + options
        }
        return [
            readable(object), visibleFields, calculatedFields, upsertField(object), mappableFields, numberOfFields, rowWidth, largeTexts,
            requiredFields(object), writable(object), orphan,
        ].compactMap(\.self) + options
    }

    private func readable(_ object: ObjectDescribe) -> Finding {
        object.queryable
            ? finding("OBJECT_MUST_BE_VISIBLE", "Object", .pass, "The integration user may read \(object.name).")
            : finding("OBJECT_MUST_BE_VISIBLE", "Object", .error, "\(object.name) cannot be queried, so it cannot be mapped.")
    }

    private var visibleFields: Finding {
        let missing = fields.compactMap { if case .missing(let name) = $0 { name } else { nil } }
        return judge(
            "FIELDS_MUST_BE_VISIBLE", "Fields", .error, missing,
            failed:
                "The org has none of these fields, or the integration user may not see them: \(list(missing)). Grant access, or unmap them.",
            passed: "The integration user may see all mapped fields.")
    }

    private var calculatedFields: Finding {
        let names = fields.compactMap(\.field).filter(\.calculated).map(\.name)
        return judge(
            "AVOID_CALCULATED_FIELDS", "Calculated Fields", .warning, names,
            failed:
                "Salesforce does not stamp a record whose formula or roll-up changes, so these fields may be stale until the record changes otherwise or the mapping is reloaded: \(list(names)).",
            passed: "No calculated fields are mapped.")
    }

    private func upsertField(_ object: ObjectDescribe) -> Finding {
        let (rule, name) = ("SHOULD_HAVE_UPSERT_FIELD", "Upsert Field")
        guard let upsertField = config.upsertField else {
            return config.access == .readOnly
                ? finding(rule, name, .skip, "A read-only mapping needs no unique identifier.")
                : finding(
                    rule, name, .warning,
                    "A read-write mapping without a unique identifier (upsert_field) may make a record twice when Salesforce's answer is lost. Map a unique External ID field and choose it."
                )
        }
        guard let field = object.field(upsertField) else {
            return finding(rule, name, .error, "\(upsertField) is no field of \(object.name) that the integration user may see.")
        }
        guard field.externalId, field.unique else {
            return finding(
                rule, name, .error,
                "\(field.name) is not a unique External ID: upsert fields must be defined as unique External ID fields in Salesforce.")
        }
        return finding(rule, name, .pass, "\(field.name) is a unique External ID.")
    }

    private var mappableFields: Finding {
        let names = fields.compactMap(\.field).filter { ColumnType.of(salesforceType: $0.type.lowercased(), length: $0.length) == nil }
            .map { "\($0.name) (\($0.type))" }
        return judge(
            "AVOID_BINARY_FIELDS", "Binary Fields", .error, names,
            failed: "These fields have no column type; unmap them, and map the components of compound ones: \(list(names)).",
            passed: "No binary or compound fields are mapped.")
    }

    private var numberOfFields: Finding {
        if let reason = config.tooManyFields { return finding("AVOID_MANY_FIELDS", "Number of Fields", .error, "Fields: \(reason).") }
        return judge(
            "AVOID_MANY_FIELDS", "Number of Fields", .warning, config.fields.count > Self.manyFields,
            failed: "\(config.fields.count) fields are mapped; with more than \(Self.manyFields) reading is slow. Unmap what nobody uses.",
            passed: "\(config.fields.count) fields are mapped.")
    }

    private var rowWidth: Finding {
        let types = fields.compactMap(\.field).compactMap { ColumnType.of(salesforceType: $0.type.lowercased(), length: $0.length) }
        let warning = RowWidth(of: types).warning(of: objectName)
        return judge(
            "ROWS_MUST_FIT_A_PAGE", "Row Width", .warning, warning != nil, failed: warning ?? "",
            passed: "Rows fit into a page of Postgres, whatever is filled.")
    }

    private var largeTexts: Finding {
        let names = fields.compactMap(\.field).filter { $0.type.lowercased() == "textarea" && $0.length >= Self.largeText }.map(\.name)
        return judge(
            "AVOID_LARGE_TEXT_FIELDS", "Number of Large Text Area Fields", .warning, names.count >= Self.manyLargeTexts,
            failed:
                "With \(names.count) large text areas Salesforce answers in small pages, so that reading takes many calls: \(list(names)).",
            passed: "\(names.count) large text areas are mapped.")
    }

    private func requiredFields(_ object: ObjectDescribe) -> Finding {
        let (rule, name) = ("SHOULD_MAP_REQUIRED_FIELDS", "Required Fields")
        guard config.access == .readWrite, object.createable else {
            return finding(rule, name, .skip, "The mapping makes no records.")
        }
        let mapped = Set(fields.compactMap { if case .own(let field) = $0 { field.name } else { nil } })
        let missing = object.fields.filter { $0.isRequiredOnCreate && !mapped.contains($0.name) }.map(\.name)
        return judge(
            rule, name, .warning, missing, failed: "Fields needed for insertion to Salesforce need to be mapped: \(list(missing))",
            passed: "All fields that a new record needs are mapped.")
    }

    private func writable(_ object: ObjectDescribe) -> Finding? {
        guard config.access == .readWrite else { return nil }
        let refused = [("insert", object.createable), ("update", object.updateable), ("delete", object.deletable)].filter { !$0.1 }.map(\.0)
        return judge(
            "SHOULD_BE_WRITABLE", "Write Access", .warning, refused,
            failed: "The integration user may not \(refused.joined(separator: ", ")) records of \(object.name): such changes will fail.",
            passed: "The integration user may insert, update and delete records.")
    }

    private var orphan: Finding? {
        guard isOrphaned else { return nil }
        return finding(
            "SHOULD_NOT_BE_ORPHANED", "Orphaned Mapping", .warning,
            "The last import did not name this mapping, and it was left as it is. Remove it, or add it to the file.")
    }

    private var options: [Finding] {
        let unserved = UnservedOption.of(config)
        if unserved.isEmpty {
            return [finding("OPTIONS_MUST_BE_SERVED", "Options", .pass, "All options of the mapping do what they say.")]
        }
        return unserved.map { finding("OPTIONS_MUST_BE_SERVED", "Options", .warning, $0.text) }
    }

    private func judge(
        _ rule: String, _ name: String, _ verdict: Finding.Verdict, _ found: [String], failed: String, passed: String
    ) -> Finding { judge(rule, name, verdict, !found.isEmpty, failed: failed, passed: passed) }

    private func judge(
        _ rule: String, _ name: String, _ verdict: Finding.Verdict, _ isFound: Bool, failed: String, passed: String
    ) -> Finding { finding(rule, name, isFound ? verdict : .pass, isFound ? failed : passed) }

    private func finding(_ rule: String, _ name: String, _ verdict: Finding.Verdict, _ message: String) -> Finding {
        Finding(rule, name, verdict, message, mapping: objectName)
    }

    private func list(_ names: [String]) -> String {
        let shown = names.prefix(20).joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }
}
