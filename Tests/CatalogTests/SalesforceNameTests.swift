import Catalog
import Testing

@Suite("Columns of fields")
struct SalesforceNameTests {
    @Test(
        "are their names in lower case, and the id is sfid",
        arguments: [("Id", "sfid"), ("Name", "name"), ("Account.PG_ID__c", "account__pg_id__c"), ("External_Id__c", "external_id__c")])
    func short(field: String, column: String) { #expect(SalesforceName.column(ofField: field) == column) }

    @Test("longer than Postgres' names are cut to ones that differ, always the same")
    func long() {
        let path = "A_very_long_relationship_name__r.Another_long_relationship_name__r.External_Key_"
        let columns = (0..<1000).map { SalesforceName.column(ofField: "\(path)\($0)__c") }
        #expect(Set(columns).count == 1000)
        #expect(columns.allSatisfy { $0.utf8.count <= 63 && $0.hasPrefix("a_very_long_relationship_name__r__another_long_relat") })
        #expect(columns[7] == SalesforceName.column(ofField: "\(path)7__C"))
    }
}
