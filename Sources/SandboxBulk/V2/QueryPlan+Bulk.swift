import HTTPTypes
import SandboxData
package import SandboxHTTP
package import SandboxQuery
package import SandboxStore

extension QueryPlan {
    /// The plan of a bulk query, which can do less than others. JSON results may have TYPEOF, which no CSV can show.
    package static func bulk(
        _ query: String, org: Org, includesDeleted: Bool, allowsTypeOf: Bool = false
    ) throws(OrgError) -> QueryPlan {
        let plan: QueryPlan
        do {
            plan = try make(query, schema: org.schema, includesDeleted: includesDeleted, now: org.clock())
        } catch  where error.code == "INVALID_TYPE" {
            throw OrgError(.badRequest, "INVALIDENTITY", error.message)
        } catch {
            throw OrgError(error)
        }
        guard plan.object.isInBulk else {
            throw OrgError(.badRequest, "INVALIDENTITY", "Entity '\(plan.object.name)' is not supported by the Bulk API.")
        }
        let isPlain = plan.outputs.allSatisfy { output in
            switch output {
            case .field: true
            case .typeOf: allowsTypeOf
            case .children: false
            }
        }
        guard !plan.isCount, plan.grouping == nil, isPlain else {
            throw OrgError(.badRequest, "API_ERROR", "Aggregate Relationships not supported in Bulk Query")
        }
        guard plan.offset == 0 else { throw OrgError(.badRequest, "API_ERROR", "OFFSET is not supported in Bulk Query") }
        guard !plan.columns.contains(where: { $0.field.isCompound }) else {
            throw OrgError(.badRequest, "FEATURENOTENABLED", "Selecting compound data not supported in Bulk Query")
        }
        guard !plan.columns.contains(where: { $0.field.type == .base64 }) else {
            throw OrgError(.badRequest, "FEATURENOTENABLED", "Binary fields not supported")
        }
        return plan
    }
}
