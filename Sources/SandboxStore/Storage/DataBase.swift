import Foundation
import SandboxBytes
package import SandboxData

/// What an org was made of before anything was written in it. The same has to be given whenever its directory is used again.
package struct DataBase: Codable, Sendable {
    package static let format = 1

    package var format = Self.format
    package let seed: UInt64
    /// Generated rows by object.
    package let rows: [String: Int]
    /// A checksum of the schema.
    package let schema: String

    package init(document: SchemaDocument, schema: OrgSchema, seed: UInt64) throws(StorageError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        guard let data = try? encoder.encode(document) else { throw StorageError(description: "--schema: cannot be written") }
        self.seed = seed
        self.schema = SHA256.hexadecimal(SHA256.hash(Array(data)))
        rows = Dictionary(schema.objects.map { ($0.name, schema.rows[$0.index]) }, uniquingKeysWith: { first, _ in first })
    }

    /// The option that says something else than the one the directory was made with.
    package func difference(from found: DataBase) -> String? {
        if seed != found.seed { return "--seed \(seed): the data were made with --seed \(found.seed)" }
        if schema != found.schema { return "--schema: the data were made with another schema" }
        for (name, count) in rows.sorted(by: { $0.key < $1.key }) where found.rows[name] != count {
            return "--rows \(name)=\(count): the data were made with --rows \(name)=\(found.rows[name] ?? 0)"
        }
        return nil
    }
}
