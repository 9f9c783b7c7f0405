import Foundation
import Salesforce
import Testing

@Suite("Ids, dates and SOQL text")
struct ValueTests {
    @Test(
        "an id of 15 characters gets the suffix that Salesforce gives it",
        arguments: [
            ("005Hs00000BkK19", "IAF"), ("7505G00000ijiDF", "QAY"), ("a02Hs0000179WYr", "IAM"), ("00128000004ffFX", "AAY"),
            ("003q000000KvQ1t", "AAF"), ("750Tn000004ZoR3", "IAK"),
        ])
    func idSuffix(short: String, suffix: String) {
        #expect(SalesforceID(short)?.text == short + suffix)
        #expect(SalesforceID(short + suffix)?.short == short)
    }

    @Test(
        "what is no id is refused", arguments: ["", "005", "005Hs00000BkK1-", "005Hs00000BkK19IAG", "005Hs00000BkK19I", "005Hs00000BkKé9"])
    func malformedID(text: String) {
        #expect(SalesforceID(text) == nil)
    }

    @Test(
        "datetimes are read in every form that Salesforce writes",
        arguments: [
            ("2013-05-07T22:07:19.000+0000", 1_367_964_439.0), ("2013-05-07T22:07:19Z", 1_367_964_439),
            ("2013-05-07T23:07:19+01:00", 1_367_964_439),
            ("2013-05-07T14:07:19.500-0800", 1_367_964_439.5), ("1969-12-31T23:59:59Z", -1), ("2000-02-29T00:00:00Z", 951_782_400),
        ])
    func parseDate(text: String, seconds: Double) {
        #expect(SalesforceDate.parse(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "what is no datetime is refused",
        arguments: ["", "2013-05-07", "2013-13-07T22:07:19Z", "2013-05-07T22:07:19", "2013-05-07T22:07:19Zx"])
    func malformedDate(text: String) {
        #expect(SalesforceDate.parse(text) == nil)
    }

    @Test("datetimes are written in UTC and read back as they were")
    func writeDate() {
        #expect(SalesforceDate.text(Date(timeIntervalSince1970: 1_367_964_439)) == "2013-05-07T22:07:19Z")
        #expect(SalesforceDate.text(Date(timeIntervalSince1970: 1_367_964_439.25)) == "2013-05-07T22:07:19.250Z")
        for day in stride(from: -100_000, through: 800_000, by: 37) {
            let date = Date(timeIntervalSince1970: Double(day) * 86400 + 12345)
            #expect(SalesforceDate.parse(SalesforceDate.text(date)) == date)
        }
    }

    @Test("an HTTP date is read")
    func httpDate() {
        #expect(SalesforceDate.parseHTTP("Fri, 18 Feb 2022 22:44:34 GMT")?.timeIntervalSince1970 == 1_645_224_274)
        #expect(SalesforceDate.parseHTTP("yesterday") == nil)
    }

    @Test("names are let through as they are", arguments: ["Id", "Account", "My_Field__c", "Account__r.Owner.Name", "ns__Obj__c"])
    func identifier(name: String) throws {
        #expect(try SOQL.identifier(name) == name)
    }

    @Test("what is no name is refused and shown", arguments: ["", "a b", "Id;", "1a", "a..b", ".a", "a.", "x'y", "naïve", "a-b", "_x"])
    func malformedIdentifier(name: String) {
        #expect { try SOQL.identifier(name) } throws: {
            ($0 as? SalesforceError)?.code == .invalidRequest && "\($0)".contains("\"\(name)\"")
        }
    }

    @Test(
        "a text cannot leave its quotes",
        arguments: [
            ("plain", "'plain'"), ("O'Hara", #"'O\'Hara'"#), (#"a\"#, #"'a\\'"#), ("a\nb\tc\rd", #"'a\nb\tc\rd'"#), ("é🙂", "'é🙂'"),
            ("\u{1}", #"'\u0001'"#),
        ])
    func literal(text: String, expected: String) {
        #expect(SOQL.literal(text) == expected)
    }

    @Test("a SELECT is put together of checked names")
    func select() throws {
        #expect(try SOQL.select(["Id", "Owner.Name"], from: "Account") == "SELECT Id,Owner.Name FROM Account")
        #expect(throws: SalesforceError.self) { try SOQL.select(["Id FROM User--"], from: "Account") }
        #expect(throws: SalesforceError.self) { try SOQL.select([], from: "Account") }
        #expect(SOQL.list(["a", "b'"]) == #"('a','b\'')"#)
    }
}
