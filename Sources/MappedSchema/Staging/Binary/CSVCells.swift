import Glibc

/// Goes from cell to cell of CSV as Salesforce writes it: every value in quotes or none, quotes doubled, lines that end with a line feed. The bytes pass
/// by, whatever their encoding says above ASCII.
struct CSVCells {
    /// One value. Its bytes stay where they are.
    struct Cell {
        let start: UnsafePointer<UInt8>
        /// Bytes, doubled quotes included.
        let count: Int
        /// Whether quotes stand in it, doubled.
        let hasQuotes: Bool

        @inline(__always)
        func append(to buffer: inout BinaryBuffer) {
            guard hasQuotes else { return buffer.append(start, count) }
            appendUnquoted(to: &buffer)
        }

        private func appendUnquoted(to buffer: inout BinaryBuffer) {
            var place = 0
            while place < count {
                let quote = memchr(start + place, 0x22, count - place).map {
                    UnsafePointer<UInt8>($0.assumingMemoryBound(to: UInt8.self)) - start
                }
                // One quote is kept of two.
                let end = quote.map { $0 + 1 } ?? count
                buffer.append(start + place, end - place)
                place = quote.map { $0 + 2 } ?? count
            }
        }
    }

    private let base: UnsafePointer<UInt8>
    private let count: Int
    private let isEnd: Bool
    /// Bytes behind which everything was read.
    private(set) var place = 0

    /// - Parameter isEnd: whether nothing comes after these bytes.
    init(_ base: UnsafePointer<UInt8>, count: Int, isEnd: Bool) {
        self.base = base
        self.count = count
        self.isEnd = isEnd
    }

    var isDone: Bool { place == count }

    /// Passes a line that has no cell with a line feed.
    ///
    /// - Returns: false when its end has not come yet.
    /// - Throws: `BinaryPage.NotBinary`.
    mutating func skipLine() throws -> Bool {
        guard let found = memchr(base + place, 0x0A, count - place) else {
            if isEnd { place = count }
            return isEnd
        }
        let end = UnsafePointer<UInt8>(found.assumingMemoryBound(to: UInt8.self)) - base
        if end > place, base[end - 1] == 0x0D { throw BinaryPage.NotBinary(reason: "its lines end with carriage returns") }
        place = end + 1
        return true
    }

    /// The next value, and what ends it is passed: a comma, or a line feed after the last one.
    ///
    /// - Returns: nil when its end has not come yet.
    /// - Throws: `BinaryPage.NotBinary`.
    @inline(__always)
    mutating func next(isLast: Bool) throws -> Cell? {
        guard place < count else {
            if isEnd { throw BinaryPage.NotBinary(reason: "a row has too few cells") }
            return nil
        }
        let cell: Cell
        if base[place] == 0x22 {
            guard let quoted = quoted() else { return nil }
            cell = quoted
        } else {
            guard let bare = try bare() else { return nil }
            cell = bare
        }
        return try passEnd(isLast) ? cell : nil
    }

    @inline(__always)
    private mutating func quoted() -> Cell? {
        let start = place + 1
        var from = start
        var hasQuotes = false
        while true {
            guard from < count, let found = memchr(base + from, 0x22, count - from) else { return nil }
            let quote = UnsafePointer<UInt8>(found.assumingMemoryBound(to: UInt8.self)) - base
            if quote + 1 < count, base[quote + 1] == 0x22 {
                hasQuotes = true
                from = quote + 2
                continue
            }
            // What follows tells whether the value ends here.
            guard quote + 1 < count || isEnd else { return nil }
            place = quote + 1
            return Cell(start: base + start, count: quote - start, hasQuotes: hasQuotes)
        }
    }

    private mutating func bare() throws -> Cell? {
        let start = place
        var end = start
        while end < count, base[end] != 0x2C, base[end] != 0x0A {
            // A backslash may be the end of data to Postgres.
            if base[end] == 0x22 || base[end] == 0x0D || base[end] == 0x5C {
                throw BinaryPage.NotBinary(reason: "a value without quotes has a character that means something in CSV")
            }
            end += 1
        }
        guard end < count || isEnd else { return nil }
        place = end
        return Cell(start: base + start, count: end - start, hasQuotes: false)
    }

    /// - Returns: false when it has not come yet.
    @inline(__always)
    private mutating func passEnd(_ isLast: Bool) throws -> Bool {
        guard place < count else {
            guard isEnd else { return false }
            guard isLast else { throw BinaryPage.NotBinary(reason: "a row has too few cells") }
            return true
        }
        guard base[place] == (isLast ? 0x0A : 0x2C) else {
            throw BinaryPage.NotBinary(reason: isLast ? "a row has too many cells" : "a row has too few cells")
        }
        place += 1
        return true
    }
}
