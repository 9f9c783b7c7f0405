internal import ForeignText
public import FoundationEssentials
public import HTTPTransport

/// A Bulk 2.0 job as Salesforce describes it.
public struct BulkJob: Sendable, Hashable, Decodable {
    /// How far the job has come; Salesforce may add states.
    public struct State: RawRepresentable, Sendable, Hashable, Codable {
        /// The state as Salesforce writes it.
        public let rawValue: String

        /// Wraps a state.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// An ingest job that waits for its data.
        public static let open = State(rawValue: "Open")
        /// Waiting for its turn.
        public static let uploadComplete = State(rawValue: "UploadComplete")
        /// Being worked on.
        public static let inProgress = State(rawValue: "InProgress")
        /// Done; an ingest job may still have failed rows.
        public static let jobComplete = State(rawValue: "JobComplete")
        /// Given up by Salesforce.
        public static let failed = State(rawValue: "Failed")
        /// Given up by us.
        public static let aborted = State(rawValue: "Aborted")

        /// Whether nothing will change any more.
        public var isFinal: Bool { self == .jobComplete || self == .failed || self == .aborted }
    }

    /// The job's id.
    public let id: String
    /// `query`, `queryAll`, `insert`, `upsert` …
    public let operation: String
    /// The object.
    public let object: String?
    /// How far it has come.
    public let state: State
    /// When Salesforce made the job, as text.
    public let createdDate: String?
    /// Rows done so far.
    public let numberRecordsProcessed: Int?
    /// Rows refused so far, of an ingest job.
    public let numberRecordsFailed: Int?
    /// Attempts that Salesforce repeated.
    public let retries: Int?
    /// Milliseconds that Salesforce has worked on it.
    public let totalProcessingTime: Int?
    /// Why it failed.
    public let errorMessage: String?

    /// Why it failed, by the code with which Salesforce begins the reason; without a known code it may work the next time.
    public var failure: SalesforceError {
        let reason = errorMessage ?? "no reason given"
        let code = String(reason.prefix { $0 != ":" && !$0.isWhitespace })
        return SalesforceError(
            code: SalesforceError.Code(rawValue: code), message: reason, retry: RetryClass.of(code: code) ?? .backOff, resource: "job \(id)"
        )
    }

    enum CodingKeys: String, CodingKey {
        case id, operation, object, state, createdDate, numberRecordsProcessed, numberRecordsFailed, retries, totalProcessingTime
        case errorMessage
    }

    /// Reads a job; why it failed is cut to what people read.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        operation = try container.decode(String.self, forKey: .operation)
        object = try container.decodeIfPresent(String.self, forKey: .object)
        state = try container.decode(State.self, forKey: .state)
        createdDate = try container.decodeIfPresent(String.self, forKey: .createdDate)
        numberRecordsProcessed = try container.decodeIfPresent(Int.self, forKey: .numberRecordsProcessed)
        numberRecordsFailed = try container.decodeIfPresent(Int.self, forKey: .numberRecordsFailed)
        retries = try container.decodeIfPresent(Int.self, forKey: .retries)
        totalProcessingTime = try container.decodeIfPresent(Int.self, forKey: .totalProcessingTime)
        errorMessage = try container.decodeIfPresent(String.self, forKey: .errorMessage).map { String(foreign: $0) }
    }

    /// When Salesforce made the job, by its own clock: a load that ends goes on with changes since then.
    public var created: Date? { createdDate.flatMap { SalesforceDate.parse($0) } }
}

/// One page of a query job's result, as its response headers describe it.
public struct BulkResultPage: Sendable, Hashable {
    /// Rows in this page, without the header row.
    public let numberOfRecords: Int?
    /// The next page, or nil after the last.
    public let nextLocator: String?

    /// Whether an answer is a page: it was given, and does not say that it is something else, such as the HTML of a proxy or of an org that is being
    /// maintained, which comes with status 200.
    public static func isPage(_ head: TransferResponseHead) -> Bool { head.status == 200 && CSVAnswer.isCSV(head) }

    /// Reads `Sforce-NumberOfRecords` and `Sforce-Locator`, whose value on the last page is the word `null`.
    public init(head: TransferResponseHead) {
        numberOfRecords = head.headers[first: .sforceNumberOfRecords].flatMap { Int($0) }
        let locator = head.headers[first: .sforceLocator] ?? "null"
        nextLocator = locator == "null" || locator.isEmpty ? nil : locator
    }
}

/// A list of result pages that may be read side by side.
public struct BulkResultPages: Sendable, Hashable {
    /// Locators of pages; nil stands for the first page.
    public let locators: [String?]
    /// Where the list goes on, for `resultPages(jobID:next:)`.
    public let next: String?
}

struct BulkResultPagesAnswer: Decodable {
    struct Page: Decodable { let resultUrl: String }
    let resultPages: [Page]
    let nextRecordsUrl: String?
    let done: Bool
}
