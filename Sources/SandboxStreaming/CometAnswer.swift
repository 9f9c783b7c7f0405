import SandboxBytes
import SandboxQuery
import SandboxStore

extension CometRoutes {
    /// The answer to one message.
    struct Answer {
        enum Outcome {
            case handshake(String)
            case connect([CometClients.Message])
            case subscription
            case plain
            case refused(CometError)
        }

        let message: BayeuxMessage
        let outcome: Outcome

        init(_ message: BayeuxMessage, _ outcome: Outcome) {
            self.message = message
            self.outcome = outcome
        }

        init(_ message: BayeuxMessage, _ error: CometError) { self.init(message, .refused(error)) }

        var isHandshake: Bool {
            if case .handshake = outcome { true } else { false }
        }

        /// - Parameter timeout: How long connects are held, which the advice tells.
        func write(_ json: inout JSONWriter, timeout: Duration) {
            json.object { json in
                switch outcome {
                case .handshake(let id): handshake(id, &json)
                case .refused(let error): refusal(error, &json)
                case .connect:
                    json.field("clientId", message.clientID)
                    json.fieldObject("advice") { json in
                        json.field("interval", 0)
                        json.field("timeout", Int(timeout / .milliseconds(1)))
                        json.field("reconnect", "retry")
                    }
                case .subscription:
                    json.field("clientId", message.clientID)
                    subscription(&json)
                case .plain: json.field("clientId", message.clientID)
                }
                json.field("channel", message.channel)
                if let id = message.id {
                    json.key("id")
                    json.value(id)
                }
                if case .refused = outcome { json.field("successful", false) } else { json.field("successful", true) }
            }
        }

        private func handshake(_ id: String, _ json: inout JSONWriter) {
            json.fieldObject("ext") { json in
                json.field("replay", true)
                json.field("payload.format", true)
            }
            json.field("minimumVersion", "1.0")
            json.field("clientId", id)
            json.fieldArray("supportedConnectionTypes") { json in json.value("long-polling") }
            json.field("version", "1.0")
        }

        private func subscription(_ json: inout JSONWriter) {
            guard let named = message.subscription else { return }
            json.key("subscription")
            json.value(named)
        }

        /// A handshake is always denied in Bayeux's words, with Salesforce's reason beside them.
        private func refusal(_ error: CometError, _ json: inout JSONWriter) {
            let isHandshake = message.channel == "/meta/handshake"
            json.fieldObject("ext") { json in
                json.fieldObject("sfdc") { json in json.field("failureReason", error.text) }
                json.field("replay", true)
                json.field("payload.format", true)
            }
            if let advice = error.advice {
                json.fieldObject("advice") { json in
                    json.field("reconnect", advice.rawValue)
                    if !isHandshake { json.field("interval", 0) }
                }
            }
            if !isHandshake { json.field("clientId", message.clientID) }
            subscription(&json)
            json.field("error", isHandshake ? "403::Handshake denied" : error.text)
        }
    }
}
