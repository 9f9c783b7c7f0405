/// A query ready to run.
struct QueryPlan: Sendable {
    struct Order: Sendable {
        let field: BoundField
        let descending: Bool
        let nullsFirst: Bool
    }

    let object: ObjectSchema
    let isCount: Bool
    let columns: [BoundField]
    let condition: BoundCondition?
    let order: [Order]
    let limit: Int?
    let offset: Int
    /// queryAll: rows in the recycle bin are seen too.
    let includesDeleted: Bool

    static func make(_ query: String, schema: OrgSchema, includesDeleted: Bool) throws(SOQLError) -> QueryPlan {
        let parsed = try SOQLParser.parse(query)
        guard let object = schema.object(parsed.object.text) else {
            throw .at(
                parsed.object.offset, in: query, code: "INVALID_TYPE",
                "sObject type '\(parsed.object.text)' is not supported. If you are attempting to use a custom object, be sure to append the "
                    + "'__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.")
        }
        let binder = FieldBinder(schema: schema, object: object, alias: parsed.alias, query: query)
        var columns: [BoundField] = []
        for path in parsed.fields {
            let column = try binder.bind(path)
            guard !columns.contains(where: { $0.name == column.name }) else {
                throw .at(path.offset, in: query, code: "INVALID_FIELD", "duplicate field selected: \(column.name)")
            }
            columns.append(column)
        }
        let condition: BoundCondition? =
            if let written = parsed.condition { try ConditionBinder(fields: binder).bind(written) } else { nil }
        var order: [Order] = []
        for item in parsed.order {
            let field = try binder.bind(item.path)
            guard field.field.isFilterable, field.field.type != .multipicklist else {
                throw .at(
                    item.path.offset, in: query, code: "MALFORMED_QUERY", "field '\(field.name)' can not be sorted in a query call")
            }
            order.append(Order(field: field, descending: item.descending, nullsFirst: item.nullsFirst))
        }
        return QueryPlan(
            object: object, isCount: parsed.isCount, columns: columns, condition: condition, order: order, limit: parsed.limit,
            offset: parsed.offset ?? 0, includesDeleted: includesDeleted)
    }
}

/// The rows a query found, in order: all of a range, or a list.
enum RowSet: Sendable {
    case range(Range<Int>)
    case list([Int])

    var count: Int {
        switch self {
        case .range(let range): range.count
        case .list(let rows): rows.count
        }
    }

    subscript(_ position: Int) -> Int {
        switch self {
        case .range(let range): range.lowerBound + position
        case .list(let rows): rows[position]
        }
    }
}
