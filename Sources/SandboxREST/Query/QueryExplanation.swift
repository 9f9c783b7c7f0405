import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/query?explain=…`: how the org would find the rows, in the form of Salesforce's query plans.
struct QueryExplanation {
    let query: String
    let plan: QueryPlan
    let org: Org

    private struct Cost {
        let operation: String
        let fields: [String]
        let cardinality: Int
        let total: Int

        /// Of a scan of the whole table, which costs more than one.
        var relative: Double { operation == "TableScan" ? 1.5 : Double(cardinality) / Double(max(total, 1)) }
    }

    func reply() async throws(OrgError) -> Reply {
        let condition = await plan.condition?.resolved(org)
        let (total, candidates) = org.read { state in
            let table = state.tables[plan.object.index]
            return (
                table.liveCount, CandidateRows(table: table, includesDeleted: plan.includesDeleted).narrow(condition).count
            )
        }
        let scan = Cost(operation: "TableScan", fields: [], cardinality: total, total: total)
        let isNarrowed = candidates < total
        let index = Cost(operation: "Index", fields: isNarrowed ? plan.conditionFields : [], cardinality: candidates, total: total)
        var json = JSONWriter()
        json.object { json in
            json.fieldArray("plans") { json in
                for cost in isNarrowed ? [index, scan] : [scan] { write(cost, to: &json) }
            }
            json.field("sourceQuery", query)
        }
        return .json(json)
    }

    private func write(_ cost: Cost, to json: inout JSONWriter) {
        json.object { json in
            json.field("cardinality", cost.cardinality)
            json.fieldArray("fields") { json in
                for field in cost.fields { json.value(field) }
            }
            json.field("leadingOperationType", cost.operation)
            json.fieldArray("notes") { json in
                json.object { json in
                    json.field("description", "Not considering filter for optimization because unindexed")
                    json.fieldArray("fields") { json in json.value("IsDeleted") }
                    json.field("tableEnumOrId", plan.object.name)
                }
            }
            json.key("relativeCost")
            json.raw { $0.append(decimal: DecimalText(cost.relative), style: .restJSON) }
            json.field("sobjectCardinality", cost.total)
            json.field("sobjectType", plan.object.name)
        }
    }
}

extension QueryPlan {
    /// The fields that the condition compares, once each.
    var conditionFields: [String] {
        var names: [String] = []
        func collect(_ condition: BoundCondition) {
            switch condition {
            case .all(let parts), .any(let parts): parts.forEach(collect)
            case .not(let inner): collect(inner)
            case .compare(let field, _), .semiJoin(let field, _, _), .member(let field, _, _):
                if !names.contains(field.name) { names.append(field.name) }
            }
        }
        if let condition { collect(condition) }
        return names
    }
}
