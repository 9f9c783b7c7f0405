import Foundation
import LoggedChanges

extension ChangeResult {
    /// The record that has the unique value for which Salesforce refused a change, as the refusal names it; nil for every other result.
    ///
    /// Salesforce: `duplicate value found: Code__c duplicates value on record with id: 001xx000003DGb1`.
    var holderOfValue: String? {
        guard logState == "FAILED", let message, message.hasPrefix("DUPLICATE_VALUE"), let named = message.range(of: "record with id: ")
        else {
            return nil
        }
        let id = message[named.upperBound...].prefix { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return id.utf8.count >= 15 ? String(id) : nil
    }

    /// Whether Salesforce refused the change for a parent that no record is.
    ///
    /// Salesforce: `INVALID_FIELD: Foreign key external ID: X not found for field Key__c in entity Part__c`.
    var lacksParent: Bool { logState == "FAILED" && message?.contains("Foreign key external ID") == true }
}

extension ChangeResult {
    /// A row with a unique identifier is not given a record whose own row waits to be written: one that was restored, and names the record.
    static func heldBack(_ change: Change, from record: String, of owner: Change) -> ChangeResult {
        .failure(
            change, code: "DUPLICATE_VALUE",
            message:
                "the record \(record) with this row's unique identifier belongs to the row with id \(owner.recordID) of \(owner.table), which comes with its id and waits to be written (trigger log id \(owner.id))"
        )
    }
}
