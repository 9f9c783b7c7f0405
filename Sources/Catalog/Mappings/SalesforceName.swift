/// Names of objects and fields, and the names of tables and columns that follow from them.
public enum SalesforceName {
    /// The column of a field: lower case, `Id` as `sfid`. A path over several relationships may be longer than a name in Postgres: then it is its
    /// beginning and a number made of all of it, so that two of them do not become one.
    public static func column(ofField field: String) -> String {
        let lower = field.lowercased().replacing(".", with: "__")
        guard lower.utf8.count > longestIdentifier else { return lower == "id" ? "sfid" : lower }
        // FNV-1a.
        let hash = lower.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        let suffix = "_" + String(hash, radix: 36)
        return String(lower.prefix(longestIdentifier - suffix.utf8.count)) + suffix
    }

    /// The table of an object: lower case.
    public static func table(ofObject object: String) -> String { object.lowercased() }

    /// Columns that every mapped table has besides its fields' own.
    private static let reserved: Set<String> = ["id", "_hc_lastop", "_hc_err"]
    /// Longer names are cut by Postgres.
    static let longestIdentifier = 63

    static func check(_ name: String, at path: String, allowsDots: Bool) throws(ExportFileError) {
        let isSound =
            name.utf8.first.map(isLetter) ?? false
            && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") || allowsDots && $0 == UInt8(ascii: ".") }
        guard isSound else {
            throw ExportFileError(
                path: path,
                message:
                    "expected a Salesforce name of letters, digits and underscores that starts with a letter, found \"\(name.prefix(80))\"")
        }
        guard name.utf8.count <= 255 else { throw ExportFileError(path: path, message: "expected at most 255 characters") }
    }

    /// Whether a text can be the name of an object.
    public static func isObject(_ name: String) -> Bool {
        do {
            try check(name, at: "", allowsDots: false)
            return true
        } catch {
            return false
        }
    }

    static func isReserved(column: String) -> Bool { reserved.contains(column) }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
