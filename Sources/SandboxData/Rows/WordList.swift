/// A list of byte strings that costs nothing to pass around and to read from: no reference counts, in the one loop where they would show.
///
/// Sendable because its memory is written before the value exists, and is neither changed nor freed after: the lists belong to a schema,
/// and a process has few of those.
package struct WordList: @unchecked Sendable {
    private let bytes: UnsafePointer<UInt8>
    /// One more than there are words: where each begins, and where the last ends.
    private let offsets: UnsafePointer<Int32>
    package let count: Int

    init(_ words: [[UInt8]]) {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: max(words.reduce(0) { $0 + $1.count }, 1))
        let offsets = UnsafeMutablePointer<Int32>.allocate(capacity: words.count + 1)
        var position = 0
        offsets[0] = 0
        for (index, word) in words.enumerated() {
            for byte in word {
                bytes[position] = byte
                position += 1
            }
            offsets[index + 1] = Int32(position)
        }
        self.bytes = UnsafePointer(bytes)
        self.offsets = UnsafePointer(offsets)
        self.count = words.count
    }

    /// Words separated by bars.
    init(_ list: String) { self.init(list.split(separator: "|").map { Array($0.utf8) }) }

    @inline(__always)
    package subscript(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        precondition(index >= 0 && index < count)
        let start = Int(offsets[index])
        return UnsafeBufferPointer(start: bytes + start, count: Int(offsets[index + 1]) - start)
    }

    /// The word that the bits choose.
    @inline(__always)
    package func pick(_ bits: UInt64) -> UnsafeBufferPointer<UInt8> { self[Int(truncatingIfNeeded: bits % UInt64(count))] }
}
