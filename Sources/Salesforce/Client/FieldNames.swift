internal import HTTPTypes

// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers.htm and, of results,
// https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_job_results.htm
extension HTTPField.Name {
    static let sforceCallOptions = HTTPField.Name("Sforce-Call-Options")!
    static let sforceLimitInfo = HTTPField.Name("Sforce-Limit-Info")!
    static let sforceLocator = HTTPField.Name("Sforce-Locator")!
    static let sforceNumberOfRecords = HTTPField.Name("Sforce-NumberOfRecords")!
    static let sforceQueryOptions = HTTPField.Name("Sforce-Query-Options")!
}
