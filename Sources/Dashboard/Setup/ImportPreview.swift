import Catalog

/// What importing a file would change, mapping by mapping.
struct ImportPreview: Sendable, Equatable {
    enum Kind: String, Sendable, Equatable {
        case new
        case changed
        case same
        /// The file does not name it: it goes on as an orphan.
        case orphaned
    }

    struct Line: Sendable, Equatable {
        let object: String
        let kind: Kind
        /// What differs, a phrase each.
        let changes: [String]
    }

    let lines: [Line]

    /// Compares a file with what is mapped.
    init(file: ExportFile, mappings: [Mapping]) {
        self.init(wanted: file.mappings.map { ($0.objectName, $0.config) }, present: mappings.map { ($0.objectName, $0.config) })
    }

    init(wanted: [(name: String, config: MappingConfig)], present: [(name: String, config: MappingConfig)]) {
        let known = Dictionary(present.map { ($0.name.lowercased(), $0.config) }, uniquingKeysWith: { first, _ in first })
        let named = Set(wanted.map { $0.name.lowercased() })
        let lines = wanted.map { name, config -> Line in
            guard let before = known[name.lowercased()] else {
                return Line(object: name, kind: .new, changes: ["\(config.fields.count) fields, \(Self.word(config.access))"])
            }
            let changes = Self.changes(from: before, to: config)
            return Line(object: name, kind: changes.isEmpty ? .same : .changed, changes: changes)
        }
        self.lines =
            lines
            + present.filter { !named.contains($0.name.lowercased()) }.map {
                Line(object: $0.name, kind: .orphaned, changes: ["the file does not name it: it is marked as orphaned and goes on"])
            }
    }

    private static func changes(from before: MappingConfig, to after: MappingConfig) -> [String] {
        var changes: [String] = []
        func list(_ word: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            let shown = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? " and \(names.count - 8) more" : "")
            changes.append("\(word) \(shown)")
        }
        let (old, new) = (Set(before.fields.map { $0.lowercased() }), Set(after.fields.map { $0.lowercased() }))
        list("adds", after.fields.filter { !old.contains($0.lowercased()) })
        list("drops", before.fields.filter { !new.contains($0.lowercased()) })
        if before.access != after.access { changes.append("\(word(before.access)) becomes \(word(after.access))") }
        if before.pollingSeconds != after.pollingSeconds {
            changes.append("polls every \(after.pollingSeconds) s instead of \(before.pollingSeconds) s")
        }
        if before.acceleratesPolling != after.acceleratesPolling {
            changes.append(after.acceleratesPolling ? "begins accelerated polling" : "ends accelerated polling")
        }
        if before.upsertField?.lowercased() != after.upsertField?.lowercased() {
            changes.append("unique identifier \(after.upsertField ?? "none") instead of \(before.upsertField ?? "none")")
        }
        let (oldIndexes, newIndexes) = (Set(before.indexes), Set(after.indexes))
        list("indexes", newIndexes.subtracting(oldIndexes).map { $0.isUnique ? "\($0.field) (unique)" : $0.field }.sorted())
        list("no longer indexes", oldIndexes.subtracting(newIndexes).map(\.field).sorted())
        return changes
    }

    private static func word(_ access: MappingConfig.Access) -> String { access == .readWrite ? "read and write" : "read only" }
}
