/// Lays JSON out as Salesforce does for `X-PrettyPrint: 1`: two spaces a level, a space on both sides of the colon, and lists in one line with
/// what they hold.
package enum PrettyPrinter {
    package static func print(_ json: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(json.count * 5 / 4)
        var depth = 0
        /// The depths at which the open lists began: a comma at such a depth is the innermost list's.
        var lists: [Int] = []
        var position = 0
        func line() { result += [0x0A] + [UInt8](repeating: 0x20, count: depth * 2) }
        while position < json.count {
            let byte = json[position]
            position += 1
            switch byte {
            case 0x22:
                let start = position - 1
                while position < json.count, json[position] != 0x22 { position += json[position] == 0x5C ? 2 : 1 }
                position = min(position + 1, json.count)
                result += json[start..<position]
            case UInt8(ascii: "{"):
                if position < json.count, json[position] == UInt8(ascii: "}") {
                    position += 1
                    result += "{ }".utf8
                } else {
                    depth += 1
                    result.append(byte)
                    line()
                }
            case UInt8(ascii: "}"):
                depth = max(depth - 1, 0)
                line()
                result.append(byte)
            case UInt8(ascii: "["):
                result += "[ ".utf8
                if position < json.count, json[position] == UInt8(ascii: "]") {
                    position += 1
                    result.append(UInt8(ascii: "]"))
                } else {
                    lists.append(depth)
                }
            case UInt8(ascii: "]"):
                _ = lists.popLast()
                result += " ]".utf8
            case UInt8(ascii: ":"): result += " : ".utf8
            case UInt8(ascii: ","):
                result.append(byte)
                // Members of an object stand on lines of their own; entries of a list do not.
                if lists.last == depth { result.append(0x20) } else { line() }
            default: result.append(byte)
            }
        }
        return result
    }
}
