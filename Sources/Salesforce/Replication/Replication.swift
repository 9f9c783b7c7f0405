public import FoundationEssentials

/// What getDeleted answers.
public struct DeletedRecords: Sendable, Hashable {
    /// One deleted record.
    public struct Record: Sendable, Hashable {
        /// Its id.
        public let id: String
        /// When it was deleted.
        public let deletedDate: Date
    }

    /// The records deleted in the window, hard deletes included.
    public let records: [Record]
    /// How far back the org's log of deletes reaches. A window that starts earlier may have lost some.
    public let earliestDateAvailable: Date
    /// Where the next window starts: Salesforce holds it back while a long transaction is open.
    public let latestDateCovered: Date
}

/// What getUpdated answers.
public struct UpdatedRecords: Sendable, Hashable {
    /// The ids of records created or changed in the window.
    public let ids: [String]
    /// Where the next window starts.
    public let latestDateCovered: Date
}

/// One of the org's limits.
public struct OrganizationLimit: Sendable, Hashable, Decodable {
    /// The most there may be.
    public let max: Int
    /// What is left.
    public let remaining: Int

    enum CodingKeys: String, CodingKey {
        case max = "Max"
        case remaining = "Remaining"
    }
}

struct DeletedAnswer: Decodable {
    struct Record: Decodable {
        let id: String
        let deletedDate: SalesforceMoment
    }
    let deletedRecords: [Record]
    let earliestDateAvailable: SalesforceMoment
    let latestDateCovered: SalesforceMoment
}

struct UpdatedAnswer: Decodable {
    let ids: [String]
    let latestDateCovered: SalesforceMoment
}

struct RecordCountAnswer: Decodable {
    struct Count: Decodable {
        let name: String
        let count: Int
    }
    let sObjects: [Count]
}

/// A datetime in a JSON answer.
struct SalesforceMoment: Decodable {
    let date: Date

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = SalesforceDate.parse(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a datetime")
        }
        self.date = date
    }
}
