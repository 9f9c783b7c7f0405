import HTTPTypes

extension HTTPField.Name {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    static let webhookID = HTTPField.Name("webhook-id")!
    static let webhookTimestamp = HTTPField.Name("webhook-timestamp")!
    static let webhookSignature = HTTPField.Name("webhook-signature")!

    // https://devcenter.heroku.com/articles/log-drains#https-drains
    static let logplexMessageCount = HTTPField.Name("Logplex-Msg-Count")!
    static let logplexFrameID = HTTPField.Name("Logplex-Frame-Id")!
    static let logplexDrainToken = HTTPField.Name("Logplex-Drain-Token")!
}
