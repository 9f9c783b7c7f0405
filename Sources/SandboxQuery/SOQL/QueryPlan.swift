package import SandboxData

/// A query ready to run.
package struct QueryPlan: Sendable {
    package struct Order: Sendable {
        package let field: BoundField
        let descending: Bool
        let nullsFirst: Bool
    }

    /// What is selected.
    package enum Output: Sendable {
        /// Under a name of its own when there is one.
        case field(BoundField, alias: String?)
        case children(ChildQuery)
        case typeOf(TypeOf)
    }

    /// What is known of a query inside another one's select list, which names a relationship after FROM.
    package struct Child: Sendable {
        package let object: ObjectSchema
        /// How many queries it is inside of.
        package let depth: Int
    }

    private static let maximumParents = 55
    private static let maximumChildren = 20
    private static let maximumComparisons = 5000

    package let object: ObjectSchema
    package let isCount: Bool
    package let outputs: [Output]
    package let condition: BoundCondition?
    package let grouping: Grouping?
    package let order: [Order]
    package var limit: Int?
    package var offset: Int
    /// queryAll: rows in the recycle bin are seen too.
    package let includesDeleted: Bool

    /// The plain fields, which are all that Bulk can select.
    package var columns: [BoundField] { outputs.compactMap { if case .field(let field, _) = $0 { field } else { nil } } }

    package static func make(_ query: String, schema: OrgSchema, includesDeleted: Bool, now: Int64) throws(SOQLError) -> QueryPlan {
        try make(try SOQLParser.parse(query), of: query, schema: schema, includesDeleted: includesDeleted, now: now)
    }

    package static func make(
        _ parsed: ParsedQuery, of query: String, schema: OrgSchema, includesDeleted: Bool, now: Int64, child: Child? = nil
    ) throws(SOQLError) -> QueryPlan {
        guard let object = child?.object ?? schema.object(parsed.object.text) else {
            throw .at(
                parsed.object.offset, in: query, code: "INVALID_TYPE",
                "sObject type '\(parsed.object.text)' is not supported. If you are attempting to use a custom object, be sure to append the "
                    + "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.")
        }
        let binder = FieldBinder(schema: schema, object: object, aliases: parsed.aliases, query: query, now: now)
        let conditionBinder = ConditionBinder(fields: binder)
        guard (parsed.condition?.size ?? 0) <= maximumComparisons else { throw .tooComplicated }
        var conditions: [BoundCondition] = []
        if let scope = try QueryScope.condition(parsed.scope, binder) { conditions.append(scope) }
        if let written = parsed.condition { conditions.append(try conditionBinder.bind(written)) }
        let condition: BoundCondition? = conditions.count > 1 ? .all(conditions) : conditions.first
        let isGrouped = parsed.isGrouped
        let outputs =
            isGrouped
            ? [] : try OutputBinder(fields: binder, includesDeleted: includesDeleted, depth: child?.depth ?? 0).bind(parsed)
        let grouping: Grouping? = if isGrouped { try GroupingBinder(fields: binder, conditions: conditionBinder).bind(parsed) } else { nil }
        var order: [Order] = []
        for item in parsed.order where !isGrouped {
            guard item.aggregate == nil else {
                throw .at(item.path.offset, in: query, code: "MALFORMED_QUERY", "Ordered field must be grouped or aggregated")
            }
            let field = try binder.bind(item.path)
            guard field.field.isFilterable || field.function != nil, field.type != .multipicklist else {
                throw .at(
                    item.path.offset, in: query, code: "MALFORMED_QUERY", "field '\(field.name)' can not be sorted in a query call")
            }
            order.append(Order(field: field, descending: item.descending, nullsFirst: item.nullsFirst))
        }
        try checkSize(outputs, order, query)
        return QueryPlan(
            object: object, isCount: parsed.isCount, outputs: outputs, condition: condition, grouping: grouping, order: order,
            limit: parsed.limit, offset: parsed.offset ?? 0, includesDeleted: includesDeleted)
    }

    private static func checkSize(_ outputs: [Output], _ order: [Order], _ query: String) throws(SOQLError) {
        var parents: Set<String> = []
        var children = 0
        for output in outputs {
            switch output {
            case .field(let field, _): if let path = field.parentPath { parents.insert(path) }
            case .children: children += 1
            case .typeOf(let expression): parents.insert(expression.name)
            }
        }
        for item in order { if let path = item.field.parentPath { parents.insert(path) } }
        guard parents.count <= maximumParents else {
            throw .malformed("No more than \(maximumParents) child-to-parent relationships can be specified in a query")
        }
        guard children <= maximumChildren else {
            throw .malformed("No more than \(maximumChildren) parent-to-child relationships can be specified in a query")
        }
    }

    /// All rows: the groups, or each parent's children, are cut later.
    package var withoutLimit: QueryPlan {
        var plan = self
        plan.limit = nil
        plan.offset = 0
        return plan
    }
}
