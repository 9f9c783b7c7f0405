import Catalog
import Foundation
import SchemaInspection

/// Where the reading of an adopted table begins. A value without I/O.
struct AdoptionStart: Sendable, Equatable {
    /// From which stamp on the org's changes are read; nil where only a load can bring what is missing.
    let watermark: Date?
    /// Why the table is loaded; nil where it need not be.
    let load: LoadArgs.Reason?

    /// How far before the highest stamp reading begins: whoever filled the table read in windows too, and a transaction of Salesforce shows its
    /// rows up to ten minutes after it stamped them.
    static let margin: TimeInterval = 3600

    /// A table that holds what the org had until its highest stamp is polled from there. One that holds nothing is loaded, and so is one that says
    /// nothing of stamps; one with columns that were only just added is polled, and filled beside that.
    init(_ facts: AdoptedTableFacts, emptyColumns: [String]) {
        guard facts.exists, facts.hasRecords, let stamp = facts.highestStamp else {
            watermark = nil
            load = .initial
            return
        }
        watermark = stamp.addingTimeInterval(-Self.margin)
        load = emptyColumns.isEmpty ? nil : .columns
    }
}
