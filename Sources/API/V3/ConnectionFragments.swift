import Catalog
import Foundation
import Synchronization
import WebServer

/// Connections as lists tell them, each rendered once for every state of its record: a list of a thousand is asked for again and again, and few of
/// them change between two looks. What is kept is thrown away whole when it becomes too much.
final class ConnectionFragments: Sendable {
    /// Some 50 MB of documents.
    private static let most = 20_000

    /// Which document of a connection.
    enum Form: Hashable {
        /// All that the region tells.
        case listed
        /// What discovery tells.
        case discovered
    }

    private struct Key: Hashable {
        let id: UUID
        let form: Form
        /// How the client reaches the server, since addresses in the document begin with it.
        let base: String
    }

    private struct Fragment {
        let version: String
        let bytes: [UInt8]
    }

    private let kept = Mutex<[Key: Fragment]>([:])

    /// The documents of these states, in their order; those that are not kept are rendered and kept.
    ///
    /// - Parameter render: renders those that it is given; what it leaves out, since it was deleted meanwhile, is left out.
    func documents(
        _ wanted: [ConnectionVersion], as form: Form, base: String, render: ([ConnectionVersion]) async throws -> [UUID: [UInt8]]
    ) async throws -> [[UInt8]] {
        var found = kept.withLock { kept in
            wanted.map { one -> [UInt8]? in
                guard let fragment = kept[Key(id: one.id, form: form, base: base)], fragment.version == one.version else { return nil }
                return fragment.bytes
            }
        }
        let missing = wanted.indices.filter { found[$0] == nil }
        guard !missing.isEmpty else { return found.compactMap(\.self) }
        let rendered = try await render(missing.map { wanted[$0] })
        kept.withLock { kept in
            if kept.count + rendered.count > Self.most { kept.removeAll() }
            for index in missing {
                guard let bytes = rendered[wanted[index].id] else { continue }
                found[index] = bytes
                kept[Key(id: wanted[index].id, form: form, base: base)] = Fragment(version: wanted[index].version, bytes: bytes)
            }
        }
        return found.compactMap(\.self)
    }
}
