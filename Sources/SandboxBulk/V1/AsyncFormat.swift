package import SandboxHTTP

/// What an answer of Bulk 1.0 is written in. Which one it is, clients cannot always choose: an answer about a batch follows the job's content
/// type, an answer about a job or an error follows the request's.
package enum AsyncFormat: Sendable {
    case xml, json

    package var mediaType: String { self == .xml ? "application/xml" : "application/json" }

    /// What the request itself is written in; nil when it does not say.
    package init?(request call: Call) {
        let type = call.header("Content-Type")?.lowercased() ?? ""
        if type.hasPrefix("application/json") {
            self = .json
        } else if type.hasPrefix("application/xml") || type.hasPrefix("text/xml") {
            self = .xml
        } else {
            return nil
        }
    }

    /// Of jobs and errors.
    package init(_ call: Call, job: AsyncJob?) {
        self = AsyncFormat(request: call) ?? AsyncFormat(accepted: call) ?? (job?.contentType == .json ? .json : .xml)
    }

    /// Of batches.
    package init(batchOf job: AsyncJob, _ call: Call) {
        self = job.contentType == .json ? .json : AsyncFormat(accepted: call) ?? .xml
    }

    /// A client that accepts one of them alone; those that accept anything get what a real org sends.
    private init?(accepted call: Call) {
        switch call.header("Accept")?.lowercased() {
        case "application/json": self = .json
        case "application/xml", "text/xml": self = .xml
        default: return nil
        }
    }
}
