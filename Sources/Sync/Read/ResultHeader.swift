/// The first line of a result page, held against the fields that were asked for: an org that gives columns in another order would have phone numbers
/// stored as names. A value without I/O; the page's bytes pass by.
struct ResultHeader: Sendable {
    private let expected: [String]
    private var line: [UInt8] = []
    private var isChecked = false

    /// Salesforce's longest list of fields has some 20,000 characters.
    private static let longest = 1_000_000

    /// - Parameter fields: as the query selects them.
    init(expecting fields: [String]) { expected = fields }

    /// Looks at the next bytes of the page.
    ///
    /// - Throws: `SyncError` with code `.inconsistent` naming the first column that is another.
    mutating func check(_ chunk: UnsafeRawBufferPointer) throws {
        guard !isChecked else { return }
        let end = chunk.firstIndex(of: 0x0A)
        line += chunk[..<(end ?? chunk.endIndex)]
        guard end != nil || line.count > Self.longest else { return }
        try compare()
    }

    /// Says that the page has ended. One without a header line is none: an answer that is no CSV, or was cut off, must not be read as no rows.
    ///
    /// - Parameter rows: how many Salesforce promised; of none it may leave the header out, too.
    /// - Throws: `SyncError` with code `.inconsistent`.
    mutating func finish(promised rows: Int?) throws {
        guard !isChecked, !line.isEmpty || rows != 0 else { return }
        try compare()
    }

    private mutating func compare() throws {
        isChecked = true
        let names = Self.names(line)
        line = []
        // Salesforce's names do not tell upper from lower case.
        guard !names.elementsEqual(expected, by: { $0.lowercased() == $1.lowercased() }) else { return }
        let place =
            zip(names, expected).enumerated().first { $1.0.lowercased() != $1.1.lowercased() }?.offset ?? min(names.count, expected.count)
        func name(_ list: [String]) -> String { place < list.count ? String(list[place].prefix(80)) : "nothing" }
        throw SyncError(
            code: .inconsistent,
            message:
                "a result page has other columns than were asked for: expected \(name(expected)) in place \(place + 1) of \(expected.count), found \(name(names))"
        )
    }

    private static func names(_ line: [UInt8]) -> [String] {
        String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false).map {
            var name = $0
            if name.hasSuffix("\r") { name.removeLast() }
            if name.hasPrefix("\u{FEFF}") { name.removeFirst() }
            if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
            return String(name)
        }
    }
}
