extension JSONValue {
    /// Details of a change as the audit trail has them: what differs, before and after, beside what else is worth knowing.
    public static func change(before: JSONValue?, after: JSONValue?, _ more: JSONValue = [:]) -> JSONValue {
        let (old, new) = (before?.members ?? [], after?.members ?? [])
        func differs(_ member: Member) -> Bool { before?[member.key] ?? .null != after?[member.key] ?? .null }
        var members: [Member] = []
        if before != nil { members.append(Member("before", .object(old.filter(differs)))) }
        if after != nil { members.append(Member("after", .object(new.filter(differs)))) }
        return .object(members + (more.members ?? []).filter { $0.value != .null && $0.value != [] })
    }

    /// Whether a member names itself a secret, and holds more than whether there is one.
    static func isSecret(_ member: Member) -> Bool {
        guard namesSecret(member.key), member.value != .null else { return false }
        return !member.value.isFlag
    }

    private static let secretWords = [
        "password", "passwd", "secret", "token", "credential", "authorization", "cookie", "privatekey", "apikey",
    ]
    /// Names with such a word in them that tell nothing.
    private static let harmlessEndings = ["id", "ids", "name", "count", "at"]

    private static func namesSecret(_ key: String) -> Bool {
        let words = key.lowercased().split { !$0.isLetter }
        if let last = words.last, words.count > 1, harmlessEndings.contains(String(last)) { return false }
        let name = words.joined()
        // A list of the ids of tokens is called tokens.
        return name != "tokens" && secretWords.contains { name.contains($0) }
    }

    private var isFlag: Bool {
        if case .bool = self { true } else { false }
    }

    /// `scheme://user:password@host` loses its password.
    static func withoutPasswords(_ text: String) -> String {
        text.contains("://")
            ? text.replacing(/(?<start>[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/:@?#]*):[^\s\/@?#]*@/) { "\($0.start):(secret)@" } : text
    }
}
