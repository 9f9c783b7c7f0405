import Foundation

@testable import SandboxOrg

/// Makes inputs that nobody would write from some that are right: the same ones for the same seed.
///
/// `SANDBOX_FUZZ_ROUNDS` multiplies how many a test tries, and `SANDBOX_FUZZ_SEED` gives others; `scripts/fuzz` sets both.
struct Mutator {
    private var random: SplitMix
    private let samples: [[UInt8]]
    private let words: [[UInt8]]
    /// To an input, at the most.
    private let changes: Int

    private static let environment = ProcessInfo.processInfo.environment
    private static let factor = max(environment["SANDBOX_FUZZ_ROUNDS"].flatMap(Int.init) ?? 1, 1)
    private static let seed = environment["SANDBOX_FUZZ_SEED"].flatMap(Int.init) ?? 0

    static func rounds(_ count: Int) -> Int { count * factor }

    init(samples: [String], words: [String], salt: Int, changes: Int = 4) {
        self.changes = changes
        random = SplitMix(state: Self.seed * 1_000_003 + salt * 10_007)
        self.samples = samples.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
    }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[number(list.count)] }

    mutating func number(_ count: Int) -> Int { Int(random.next() % UInt64(max(count, 1))) }

    mutating func next() -> [UInt8] {
        var bytes = pick(samples)
        for _ in 0...number(changes) { change(&bytes) }
        return bytes
    }

    mutating func text() -> String { String(decoding: next(), as: UTF8.self) }

    private mutating func change(_ bytes: inout [UInt8]) {
        let place = number(bytes.count + 1)
        switch number(9) {
        case 0 where place < bytes.count: bytes[place] = UInt8(number(256))
        case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8(number(8))
        case 2: bytes.removeSubrange(place..<min(place + 1 + number(12), bytes.count))
        case 3: bytes.insert(contentsOf: bytes[place..<min(place + 1 + number(40), bytes.count)], at: number(bytes.count + 1))
        case 4: bytes.insert(UInt8(number(256)), at: place)
        case 5: bytes.removeSubrange(place...)
        case 6:
            let other = pick(samples)
            let start = number(other.count)
            bytes.insert(contentsOf: other[start..<min(start + 1 + number(30), other.count)], at: place)
        case 7: bytes.insert(contentsOf: Array(repeating: pick(words), count: 1 + number(3)).joined(), at: place)
        default: if !words.isEmpty { bytes.insert(contentsOf: pick(words), at: place) }
        }
    }
}
