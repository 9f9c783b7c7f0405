/// Texts that others wrote: Salesforce, Postgres, a proxy, a client, a trigger in somebody's table. They may be of any length and hold
/// anything, and they end up in logs, tables and pages; so each is cut once, where it comes in, by one rule.
extension String {
    /// The most characters, as Postgres counts them (Unicode scalars), that are kept of a text from elsewhere.
    public static let foreignLimit = 2000

    /// A text from elsewhere: at most so many characters, the last of them an ellipsis when it was cut, and no NUL, which Postgres cannot
    /// hold. What a reader sees as one character is not torn apart.
    ///
    /// - Parameter limit: the most characters, at least 1.
    public init(foreign text: some StringProtocol, limit: Int = foreignLimit) {
        if text.utf8.count <= limit, !text.utf8.contains(0) {
            self.init(text)
        } else {
            self.init(foreignScalars: text.unicodeScalars.lazy.filter { $0 != "\0" }.prefix(limit + 1), limit: limit)
        }
    }

    /// A text from elsewhere that came as bytes: invalid UTF-8 becomes U+FFFD, and of a long text only the beginning is looked at.
    ///
    /// - Parameter limit: the most characters, at least 1.
    public init(foreignBytes bytes: some Sequence<UInt8>, limit: Int = foreignLimit) {
        // A scalar has at most four bytes, so that a text that is longer than the limit still is.
        self.init(foreign: String(decoding: Array(bytes.lazy.filter { $0 != 0 }.prefix((limit + 1) * 4)), as: UTF8.self), limit: limit)
    }

    /// - Parameter scalars: the first of a text, one more than the limit if there are so many.
    private init(foreignScalars scalars: some Sequence<Unicode.Scalar>, limit: Int) {
        var text = ""
        text.unicodeScalars.append(contentsOf: scalars)
        let count = text.unicodeScalars.count
        guard count > limit else {
            self = text
            return
        }
        var kept = limit - 1
        text.unicodeScalars.removeLast(count - limit)
        // The first scalar that is left out may belong to a character that began before it; one that has no end is torn all the same.
        if let torn = text.last?.unicodeScalars.count, torn > 1, torn <= Self.longestCharacter { kept -= torn - 1 }
        text.unicodeScalars.removeLast(limit - kept)
        self = text + "…"
    }

    /// A flag has two scalars, a family with its joiners seven or so.
    private static let longestCharacter = 32
}
