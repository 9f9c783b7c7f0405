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

    /// The document without what names itself a secret, and without the passwords of addresses, however deep they lie.
    var withoutSecrets: JSONValue {
        switch self {
        case .null, .bool, .number: self
        case .string(let text): .string(Self.withoutPasswords(text))
        case .array(let elements): .array(elements.map(\.withoutSecrets))
        case .object(let members):
            .object(
                members.map { member in
                    guard Self.namesSecret(member.key), member.value != .null, !member.value.isFlag else {
                        return Member(member.key, member.value.withoutSecrets)
                    }
                    return Member(member.key, "(secret)")
                })
        }
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
    private static func withoutPasswords(_ text: String) -> String {
        text.contains("://")
            ? text.replacing(/(?<start>[A-Za-z][A-Za-z0-9+.\-]*:\/\/[^\s\/:@?#]*):[^\s\/@?#]*@/) { "\($0.start):(secret)@" } : text
    }
}
