import Foundation
import Glibc
import SandboxQuery

/// The files of `--data`: who uses it, what the org was made of, and snapshots and journals by number. A snapshot holds everything before the journal
/// of the same number; the first journal has none.
package final class DataDirectory: Sendable {
    package let path: String
    private let lock: Int32

    /// Makes the directory if it is not there, and takes it for this process.
    package init(path: String) throws(StorageError) {
        self.path = path
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Self.failure("--data \(path): cannot be made") }
        lock = open("\(path)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw Self.failure("--data \(path): cannot be used") }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError(description: "--data \(path): in use by another sandbox org")
        }
    }

    /// Lets another process have the directory.
    func release() { flock(lock, LOCK_UN) }

    deinit { close(lock) }

    package static func failure(_ what: String) -> StorageError {
        StorageError(description: "\(what) (\(String(cString: strerror(errno))))")
    }

    /// Writes all of the bytes, however many turns that takes; answers why not.
    package static func write(_ bytes: [UInt8], to file: Int32) -> StorageError? {
        bytes.withUnsafeBytes { buffer in
            var position = 0
            while position < buffer.count {
                let count = Glibc.write(file, buffer.baseAddress.map { $0 + position }, buffer.count - position)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return failure("the journal cannot be written") }
                position += count
            }
            return nil
        }
    }

    package func journal(_ number: Int) -> String { "\(path)/journal.\(number)" }
    package func snapshot(_ number: Int) -> String { "\(path)/snapshot.\(number)" }
    private var base: String { "\(path)/base.json" }

    /// Numbers of the files whose name begins so, ascending.
    private func numbers(_ prefix: String) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { $0.hasPrefix(prefix + ".") ? Int($0.dropFirst(prefix.count + 1)) : nil }.sorted()
    }

    /// The files that make the org, in the order they are read.
    package func files() throws(StorageError) -> (snapshot: Int?, journals: [Int]) {
        let snapshot = numbers("snapshot").last
        let journals = numbers("journal").filter { $0 >= snapshot ?? 0 }
        for (place, number) in journals.enumerated() where number != (snapshot ?? 0) + place {
            throw StorageError(description: "\(journal((snapshot ?? 0) + place)): missing")
        }
        // A snapshot's journal is made before it.
        if let snapshot, journals.isEmpty { throw StorageError(description: "\(journal(snapshot)): missing") }
        return (snapshot, journals)
    }

    /// Opens a journal for appending, with its first bytes if it is new, and cuts off what is behind `size`.
    func openJournal(_ number: Int, size: Int) throws(StorageError) -> Int32 {
        let path = journal(number)
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0, ftruncate(file, off_t(size)) == 0 else { throw Self.failure("\(path): cannot be written") }
        if size == 0, let error = Self.write(JournalFrame.magic, to: file) { throw error }
        return file
    }

    /// Writes a file beside and puts it in its place, so that it is there as a whole or not at all.
    package func replace(_ path: String, _ body: (Int32) -> StorageError?) throws(StorageError) {
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw Self.failure("\(temporary): cannot be written") }
        defer { close(file) }
        if let error = body(file) { throw error }
        guard fsync(file) == 0, rename(temporary, path) == 0 else { throw Self.failure("\(path): cannot be written") }
    }

    /// The files of before a snapshot are needed no longer.
    func removeFiles(before number: Int) {
        for old in numbers("snapshot") where old < number { unlink(snapshot(old)) }
        for old in numbers("journal") where old < number { unlink(journal(old)) }
    }

    /// Refuses a directory that was made with something else than what the org is started with now.
    package func check(_ wanted: DataBase) throws(StorageError) {
        guard let data = FileManager.default.contents(atPath: base) else {
            guard numbers("journal").isEmpty, numbers("snapshot").isEmpty else { throw StorageError(description: "\(base): missing") }
            return try write(wanted)
        }
        guard let found = try? JSONDecoder().decode(DataBase.self, from: data), found.format == DataBase.format else {
            throw StorageError(description: "\(base): not written by this version of the sandbox org")
        }
        if let difference = wanted.difference(from: found) { throw StorageError(description: "\(difference), in \(path)") }
    }

    private func write(_ made: DataBase) throws(StorageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(made) else { throw StorageError(description: "\(base): cannot be written") }
        try replace(base) { Self.write(Array(data), to: $0) }
    }
}
