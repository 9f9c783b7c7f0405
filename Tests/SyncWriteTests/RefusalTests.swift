import Salesforce
import Testing

@testable import SyncWrite

@Suite("Calls that Salesforce refuses as a whole")
struct RefusalTests {
    @Test("a call that cannot succeed as it is, is refused")
    func refused() {
        #expect(SalesforceError(code: "REQUEST_LIMIT", message: "…", httpStatus: 400, retry: .never).isRefusal)
    }

    @Test("an API version that the org has retired ends the connection, not its changes")
    func retiredVersion() {
        #expect(!SalesforceError(code: "GONE", message: "The API version is retired", httpStatus: 410, retry: .versionRetired).isRefusal)
    }
}
