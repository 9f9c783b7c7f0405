import Catalog
import Foundation
import HTTPTypes
import JobQueue
import WebServer

/// Where a job stands that a request waits for.
enum AwaitedJob: Sendable {
    /// It ended well.
    case done
    /// It ended otherwise, or failed and waits for another attempt; for people.
    case failed(String)
    /// It has not come to an end in time: no worker is free, or Salesforce is slow.
    case pending
}

extension APIServices {
    /// The first pause between two looks, and the longest.
    private static let looks = (first: Duration.milliseconds(20), longest: Duration.milliseconds(250))

    /// Waits for a short job, as long as `APIConfiguration.patience` says.
    func wait(for job: Int64) async throws -> AwaitedJob {
        let deadline = ContinuousClock.now + configuration.patience
        var pause = Self.looks.first
        while true {
            let found = try await queue.job(job)
            switch found?.state {
            case "completed": return .done
            case "cancelled": return .failed("the job was cancelled")
            case "failed": return .failed(found?.lastError ?? "no reason given")
            case nil: return .failed("the job is gone")
            default:
                if let reason = found?.lastError { return .failed(reason) }
            }
            guard ContinuousClock.now < deadline else { return .pending }
            try await Task.sleep(for: min(pause, deadline - ContinuousClock.now))
            pause = min(pause * 2, Self.looks.longest)
        }
    }

    /// Waits for the answer to an inquiry.
    ///
    /// - Throws: `APIError` 502 when the job failed, 409 when it has not ended in time.
    func answer(to inquiry: Inquiry, about subject: String) async throws -> JSONValue {
        guard let job = inquiry.jobID else { throw APIError.conflict("\(subject): ask again") }
        switch try await wait(for: job) {
        case .failed(let reason): throw APIError(status: .badGateway, code: "salesforce", message: "\(subject): \(reason)")
        case .pending:
            throw APIError(
                status: .conflict, code: "pending", message: "\(subject) yet: no worker has answered in time; ask again")
        case .done: break
        }
        guard let answer = try await catalog.inquiry(inquiry.id)?.answer else { throw APIError.conflict("\(subject): ask again") }
        return try JSONValue(parsing: answer)
    }
}
