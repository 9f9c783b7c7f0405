import Foundation
import SandboxQuery
import Synchronization

/// Keeps an org in a directory: brings it back at the start, appends what changes to a journal, and puts a snapshot in the journal's place when that
/// has grown large.
package final class OrgStorage: Sendable {
    package let journal: Journal
    private let directory: DataDirectory
    private let org: Org
    private let sessions: Sessions
    /// Of the journal that is written to.
    private let number: Mutex<Int>

    /// - Parameter limit: Bytes of a journal that call for a snapshot.
    /// - Throws: ``StorageError`` for a directory that is in use, was made for another org, or is damaged.
    package init(directory: DataDirectory, org: Org, sessions: Sessions, limit: Int) throws(StorageError) {
        self.directory = directory
        self.org = org
        self.sessions = sessions
        let (snapshot, journals) = try directory.files()
        if let snapshot {
            let path = directory.snapshot(snapshot)
            let isWhole = try Self.read(path, isLast: false, org, sessions).isWhole
            guard isWhole else { throw StorageError(description: "\(path): damaged: its end is missing") }
        }
        var size = 0
        for journal in journals {
            size = try Self.read(directory.journal(journal), isLast: journal == journals.last, org, sessions).size
        }
        let last = journals.last ?? snapshot ?? 0
        number = Mutex(last)
        journal = Journal(file: try directory.openJournal(last, size: size), size: size, limit: limit)
        org.keep(in: journal)
        sessions.keep(in: journal)
        journal.whenLarge { [weak self] in self?.snapshot() }
    }

    private static func read(
        _ path: String, isLast: Bool, _ org: Org, _ sessions: Sessions
    ) throws(StorageError) -> (size: Int, isWhole: Bool) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) else {
            throw StorageError(description: "\(path): cannot be read")
        }
        var isWhole = false
        let bytes = [UInt8](data)
        let result: Result<Int, StorageError> = bytes.withUnsafeBytes { bytes in
            do throws(StorageError) {
                return .success(
                    try JournalFrame.read(bytes, path: path, isLast: isLast) { payload throws(StorageError) in
                        do throws(StorageError) {
                            let record = try StorageRecord(payload)
                            switch record {
                            case .session(let event): sessions.replay(event)
                            case .end: isWhole = true
                            default: try org.replay(record)
                            }
                        } catch {
                            throw StorageError(description: "\(path): \(error.description)")
                        }
                    })
            } catch {
                return .failure(error)
            }
        }
        return (try result.get(), isWhole)
    }

    /// Writes everything into one file. What is written meanwhile goes to the next journal; nobody waits.
    private func snapshot() {
        do throws(StorageError) {
            let next = number.withLock { $0 } + 1
            let file = try directory.openJournal(next, size: 0)
            let contents = org.contents { journal.turn(to: file) }
            number.withLock { $0 = next }
            let tokens = sessions.events
            try directory.replace(directory.snapshot(next)) { file in
                var writer = SnapshotWriter(file: file)
                writer.write(contents)
                for event in tokens { writer.write(.session(event)) }
                writer.write(.end)
                return writer.finish()
            }
            directory.removeFiles(before: next)
        } catch {
            // The journals before it are all there; the next one that grows large tries again.
            try? FileHandle.standardError.write(contentsOf: Data("sandbox-org: no snapshot: \(error.description)\n".utf8))
        }
    }

    /// Writes what there is, and lets the directory go.
    package func close() async {
        await journal.close()
        directory.release()
    }
}
