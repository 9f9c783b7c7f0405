/// A query ready to run.
struct QueryPlan: Sendable {
    struct Order: Sendable {
        let field: BoundField
        let descending: Bool
        let nullsFirst: Bool
    }

    /// What is selected.
    enum Output: Sendable {
        /// Under a name of its own when there is one.
        case field(BoundField, alias: String?)
        case children(ChildQuery)
    }

    let object: ObjectSchema
    let isCount: Bool
    let outputs: [Output]
    let condition: BoundCondition?
    let grouping: Grouping?
    let order: [Order]
    var limit: Int?
    var offset: Int
    /// queryAll: rows in the recycle bin are seen too.
    let includesDeleted: Bool

    /// The plain fields, which are all that Bulk can select.
    var columns: [BoundField] { outputs.compactMap { if case .field(let field, _) = $0 { field } else { nil } } }

    static func make(_ query: String, schema: OrgSchema, includesDeleted: Bool, now: Int64) throws(SOQLError) -> QueryPlan {
        try make(try SOQLParser.parse(query), of: query, schema: schema, includesDeleted: includesDeleted, now: now)
    }

    /// `object` is known already for child queries, which name a relationship after FROM.
    static func make(
        _ parsed: ParsedQuery, of query: String, schema: OrgSchema, includesDeleted: Bool, now: Int64, object known: ObjectSchema? = nil
    ) throws(SOQLError) -> QueryPlan {
        guard let object = known ?? schema.object(parsed.object.text) else {
            throw .at(
                parsed.object.offset, in: query, code: "INVALID_TYPE",
                "sObject type '\(parsed.object.text)' is not supported. If you are attempting to use a custom object, be sure to append the "
                    + "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.")
        }
        let binder = FieldBinder(schema: schema, object: object, alias: parsed.alias, query: query, now: now)
        let conditions = ConditionBinder(fields: binder)
        let condition: BoundCondition? = if let written = parsed.condition { try conditions.bind(written) } else { nil }
        let isGrouped = parsed.isGrouped
        let outputs =
            isGrouped
            ? [] : try OutputBinder(fields: binder, includesDeleted: includesDeleted, isChild: known != nil).bind(parsed)
        let grouping: Grouping? = if isGrouped { try GroupingBinder(fields: binder, conditions: conditions).bind(parsed) } else { nil }
        var order: [Order] = []
        for item in parsed.order where !isGrouped {
            guard item.aggregate == nil else {
                throw .at(item.path.offset, in: query, code: "MALFORMED_QUERY", "Ordered field must be grouped or aggregated")
            }
            let field = try binder.bind(item.path)
            guard field.field.isFilterable, field.field.type != .multipicklist else {
                throw .at(
                    item.path.offset, in: query, code: "MALFORMED_QUERY", "field '\(field.name)' can not be sorted in a query call")
            }
            order.append(Order(field: field, descending: item.descending, nullsFirst: item.nullsFirst))
        }
        return QueryPlan(
            object: object, isCount: parsed.isCount, outputs: outputs, condition: condition, grouping: grouping, order: order,
            limit: parsed.limit, offset: parsed.offset ?? 0, includesDeleted: includesDeleted)
    }

    /// All rows: the groups, or each parent's children, are cut later.
    var withoutLimit: QueryPlan {
        var plan = self
        plan.limit = nil
        plan.offset = 0
        return plan
    }
}
