/// Names that Postgres holds whole. It cuts what is longer than 63 bytes, and two long names that differ in their ends become one.
package enum BoundName {
    private static let longest = 63

    /// The name itself where it fits, else its beginning and a number made of all of it: always the same for the same name.
    package static func of(_ name: String) -> String {
        guard name.utf8.count > longest else { return name }
        // FNV-1a.
        let hash = name.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let suffix = "_" + String(hash, radix: 36)
        var head = name.prefix(longest)
        while head.utf8.count + suffix.utf8.count > longest { head.removeLast() }
        return head + suffix
    }

    /// What Postgres makes of the name by itself.
    package static func cut(_ name: String) -> String {
        var head = name.prefix(longest)
        while head.utf8.count > longest { head.removeLast() }
        return String(head)
    }
}
