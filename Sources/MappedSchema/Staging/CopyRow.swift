/// Writes values in the text form of COPY.
package struct CopyRow {
    package private(set) var bytes: [UInt8] = []
    private var isFirstColumn = true

    /// - Parameter capacity: bytes expected.
    package init(capacity: Int) { bytes.reserveCapacity(capacity) }

    /// Adds NULL.
    package mutating func appendNull() {
        separate()
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(UInt8(ascii: "N"))
    }

    /// Adds a value from its bytes, which are UTF-8 and not yet escaped.
    package mutating func append(_ value: some Sequence<UInt8>) {
        separate()
        for byte in value {
            switch byte {
            case UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "\\")]
            case 0x0A: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case 0x0D: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case 0x09: bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            // Postgres text cannot hold NUL.
            case 0x00: continue
            default: bytes.append(byte)
            }
        }
    }

    /// Ends the row.
    package mutating func endRow() {
        bytes.append(0x0A)
        isFirstColumn = true
    }

    private mutating func separate() {
        if !isFirstColumn { bytes.append(0x09) }
        isFirstColumn = false
    }
}
