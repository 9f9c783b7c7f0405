public import HTTPTypes

extension HTTPFields {
    /// The first value of the name. A field that ought to come once and comes twice counts as it came first: the two joined by a comma,
    /// which is what the subscript without a label answers, are no date and no number any more.
    public subscript(first name: HTTPField.Name) -> String? {
        first { $0.name == name }?.value
    }
}

extension HTTPFields {
    /// Fields whose value lets its bearer in.
    private static let secrets: Set<HTTPField.Name> = [.authorization, .proxyAuthorization, .cookie, .setCookie]

    /// `[Name: value, …]` in order, but for the values that let their bearer in: what may be logged, as the type's own description may not.
    public var redactedDescription: String {
        "[" + map { "\($0.name): \(Self.secrets.contains($0.name) ? "(redacted)" : $0.value)" }.joined(separator: ", ") + "]"
    }
}
