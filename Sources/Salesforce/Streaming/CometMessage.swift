internal import FoundationEssentials

/// One message of an answer in the Bayeux protocol, as Salesforce's streaming speaks it (CometD, long polling).
struct CometMessage: Decodable, Sendable {
    struct Advice: Decodable, Sendable {
        let reconnect: String?
    }

    struct Extension: Decodable, Sendable {
        struct Reason: Decodable, Sendable {
            let failureReason: String?
        }

        let sfdc: Reason?
    }

    struct Event: Decodable, Sendable {
        struct Place: Decodable, Sendable {
            let replayId: Int64
        }

        struct Payload: Decodable, Sendable {
            let header: Header?

            enum CodingKeys: String, CodingKey {
                case header = "ChangeEventHeader"
            }
        }

        struct Header: Decodable, Sendable {
            let changeType: String?
            let recordIds: [String]?
        }

        let event: Place?
        let payload: Payload?
    }

    let channel: String
    let clientId: String?
    let successful: Bool?
    let error: String?
    let advice: Advice?
    let ext: Extension?
    let data: Event?

    /// Why it was refused; nil when it was not.
    var refusal: StreamRefusal? {
        guard successful == false else { return nil }
        return StreamRefusal(reason: ext?.sfdc?.failureReason ?? error ?? "no reason given", reconnect: advice?.reconnect)
    }
}
