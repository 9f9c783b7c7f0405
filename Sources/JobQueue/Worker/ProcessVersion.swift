import Foundation

/// Which build of the product a process runs, so that two that run at a time can be told apart.
public enum ProcessVersion {
    /// `SLUICE_VERSION` where somebody set it, or Heroku's commit; otherwise a fingerprint of the executable file: the same for the same build,
    /// wherever it runs.
    public static let current: String = named(ProcessInfo.processInfo.environment) ?? fingerprint(ofFile: "/proc/self/exe") ?? "unknown"

    /// The name that the environment gives to the build, at most 80 characters of it.
    static func named(_ environment: [String: String]) -> String? {
        ["SLUICE_VERSION", "HEROKU_SLUG_COMMIT"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }.map {
            String(String($0.filter { !$0.isNewline && $0 != "\0" }).prefix(80))
        }
    }

    /// A fingerprint of a file's size and of 256 samples spread over it: another build moves what lies behind a change.
    static func fingerprint(ofFile path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let size = try? file.seekToEnd() else { return nil }
        defer { try? file.close() }
        // FNV-1a, 64 bits.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func mix(_ bytes: some Sequence<UInt8>) { for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 } }
        mix(withUnsafeBytes(of: size.littleEndian, Array.init))
        let samples: UInt64 = 256
        for sample in 0..<samples {
            guard (try? file.seek(toOffset: size / samples * sample)) != nil, let bytes = try? file.read(upToCount: 1024) else {
                return nil
            }
            mix(bytes)
        }
        let digits = String(hash, radix: 16)
        return "build-" + String(repeating: "0", count: 16 - digits.count) + digits
    }
}
