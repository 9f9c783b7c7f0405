import Testing

@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxQuery
@testable import SandboxStore

@Suite("Sorting rows")
struct RowSorterTests {
    private static let org: Org? = {
        guard let built = try? SchemaBuilder(document: SchemaDocument.builtIn(), rows: ["Account": 3000], seed: 5).build() else {
            return nil
        }
        return Org(schema: built.schema, rows: built.rows, seed: 5, clock: { 1_790_000_000 })
    }()

    /// The order as its definition has it, pair by pair.
    private func expected(_ plan: QueryPlan, _ org: Org) -> [Int] {
        let snapshot = org.snapshot()
        let rows = Array(0..<snapshot.stores[plan.object.index].count)
        let keys = rows.map { row in plan.order.map { $0.field.value(row, object: plan.object.index, in: snapshot) } }
        return rows.sorted { left, right in
            for (index, order) in plan.order.enumerated() {
                let (a, b) = (keys[left][index], keys[right][index])
                if a.isNull != b.isNull { return a.isNull == order.nullsFirst }
                if let sign = ValueOrder.compare(a, b, prefixes: org.schema.prefixes), sign != 0 {
                    return order.descending ? sign > 0 : sign < 0
                }
            }
            return left < right
        }
    }

    @Test(
        "sorts as the definition says, whole and cut",
        arguments: [
            "Name", "Name DESC", "Industry NULLS LAST, Name DESC", "AnnualRevenue DESC NULLS LAST, Id", "Credit_Limit__c, Rating DESC",
            "CreatedDate DESC", "SystemModstamp, Name", "Customer_Since__c NULLS LAST, NumberOfEmployees", "OwnerId DESC, Phone",
            "Owner.Name, ParentId NULLS LAST, SystemModstamp DESC", "Website DESC NULLS FIRST", "BillingLatitude", "Id DESC",
            "CALENDAR_MONTH(CreatedDate) DESC, BillingCity",
        ])
    func orders(order: String) async throws {
        let org = try #require(Self.org)
        let query = "SELECT Id FROM Account ORDER BY \(order)"
        let plan = try QueryPlan.make(query, schema: org.schema, includesDeleted: false, now: org.clock())
        let wanted = expected(plan, org)
        let all = await QueryRunner(plan: plan, org: org).run()
        #expect((0..<all.count).map { all[$0] } == wanted)
        for (limit, offset) in [(1, 0), (10, 5), (700, 0), (2999, 1), (0, 0)] {
            var cut = plan
            cut.limit = limit
            cut.offset = offset
            let rows = await QueryRunner(plan: cut, org: org).run()
            #expect((0..<rows.count).map { rows[$0] } == Array(wanted.dropFirst(offset).prefix(limit)), "\(limit) \(offset)")
        }
    }
}
