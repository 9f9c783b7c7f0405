package import HTTPTypes

extension HTTPField.Name {
    static let accelBuffering = HTTPField.Name("X-Accel-Buffering")!
    package static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
    package static let forwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    package static let methodOverride = HTTPField.Name("X-HTTP-Method-Override")!
    package static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
    package static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
