/// How a failed change is tried again: by what the row holds now, since the row may have changed, or been written, since the change was captured. A
/// decision without I/O.
package enum ChangeRetry: Sendable, Equatable {
    /// The change itself waits again.
    case again
    /// The row is captured as an insert.
    case captureInsert
    /// These columns of the row are captured as an update; all of them when there are none.
    case captureUpdate([String])
    /// There is nothing left to write, for this reason.
    case giveUp(String)

    /// A failed change.
    package struct Failed: Sendable {
        package let action: String
        /// The record that it is about; of an insert the one that it made.
        package let sfid: String?
        package let columns: [String]

        package init(action: String, sfid: String?, columns: [String]) {
            self.action = action
            self.sfid = sfid
            self.columns = columns
        }
    }

    /// The row as it is now.
    package struct Row: Sendable {
        package let sfid: String?
        /// Whether an insert of it waits that was captured later.
        package let hasWaitingInsert: Bool

        package init(sfid: String?, hasWaitingInsert: Bool) {
            self.sfid = sfid
            self.hasWaitingInsert = hasWaitingInsert
        }
    }

    /// - Parameter row: the one that the change is about; nil when it is gone.
    package init(_ change: Failed, row: Row?) {
        switch change.action {
        case "DELETE":
            self = row == nil ? .again : .giveUp("the row is there again")
        case "INSERT":
            // Salesforce has it already: only the row is still to be marked.
            guard change.sfid == nil else {
                self = .again
                return
            }
            guard let row else {
                self = .giveUp("the row was deleted")
                return
            }
            self =
                row.hasWaitingInsert
                ? .giveUp("a later insert of the row waits")
                : row.sfid == nil ? .captureInsert : .captureUpdate([])
        case "UPDATE":
            guard row != nil else {
                self = .giveUp("the row was deleted")
                return
            }
            self = change.columns.isEmpty ? .giveUp("it changed nothing") : .captureUpdate(change.columns)
        default: self = .giveUp("its action is not known")
        }
    }
}
