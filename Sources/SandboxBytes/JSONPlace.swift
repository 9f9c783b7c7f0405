/// Where a member's value begins in a JSON text, for errors that tell the place.
package enum JSONPlace {
    /// Line and column, both from 1, of the value of the first member of this name, at whatever depth; those of the end where there is none.
    package static func value(of name: String, in body: [UInt8]) -> (line: Int, column: Int) {
        let key = Array("\"\(name)\"".utf8.map(lower))
        var position = 0
        while position < body.count {
            guard body[position] == 0x22 else {
                position += 1
                continue
            }
            let end = endOfString(body, position)
            let behind = skipSpace(body, end)
            if behind < body.count, body[behind] == 0x3A, body[position..<end].elementsEqual(key, by: { lower($0) == $1 }) {
                return place(skipSpace(body, behind + 1), body)
            }
            position = end
        }
        return place(body.count, body)
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }

    private static func endOfString(_ body: [UInt8], _ start: Int) -> Int {
        var position = start + 1
        while position < body.count, body[position] != 0x22 { position += body[position] == 0x5C ? 2 : 1 }
        return min(position + 1, body.count)
    }

    private static func skipSpace(_ body: [UInt8], _ start: Int) -> Int {
        var position = start
        while position < body.count, [0x20, 0x09, 0x0A, 0x0D].contains(body[position]) { position += 1 }
        return position
    }

    private static func place(_ position: Int, _ body: [UInt8]) -> (line: Int, column: Int) {
        let before = body[..<min(position, body.count)]
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return (before.count { $0 == 0x0A } + 1, before.count - start + 1)
    }
}
