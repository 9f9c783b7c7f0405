public import Catalog
public import Foundation
import Postgres

/// Which events of a connection are meant.
public struct EventFilter: Sendable, Hashable {
    /// Of this mapping.
    public var mapping: UUID?
    /// Of these levels; empty does not restrict.
    public var levels: Set<EventLevel>
    /// Of these types; empty does not restrict.
    public var types: Set<EventType>
    /// Whose message holds this, whatever its case.
    public var text: String?
    /// Not before this.
    public var since: Date?
    /// Before this.
    public var until: Date?

    /// Which events; what is left out does not restrict.
    public init(
        mapping: UUID? = nil, levels: Set<EventLevel> = [], types: Set<EventType> = [], text: String? = nil, since: Date? = nil,
        until: Date? = nil
    ) {
        self.mapping = mapping
        self.levels = levels
        self.types = types
        self.text = text
        self.since = since
        self.until = until
    }

    /// Whether an event of the connection is meant.
    public func allows(_ event: Event) -> Bool {
        if let mapping, event.mappingID != mapping { return false }
        if !levels.isEmpty, !levels.contains(event.level) { return false }
        if !types.isEmpty, !types.contains(event.type) { return false }
        if let text, event.message.range(of: text, options: .caseInsensitive) == nil { return false }
        if let since, event.at < since { return false }
        if let until, event.at >= until { return false }
        return true
    }

    /// What an index answers: the journal is walked along it.
    func walked(_ connectionID: UUID) -> PostgresQuery {
        let lane: PostgresQuery = mapping.map { "mapping_id = \($0)" } ?? "connection_id = \(connectionID)"
        // Spelled as in the predicate of the index.
        return hasOnlyTrouble && mapping == nil ? "\(fragment: lane) AND level IN ('warning', 'error')" : lane
    }

    /// What is left to look at in each row that the walk meets.
    var remaining: PostgresQuery {
        let text = self.text.map { "%" + $0.replacing(/[\\%_]/) { "\\\($0.output)" } + "%" }
        return """
            (\(levels.isEmpty)::boolean OR level = ANY (\(levels.map(\.rawValue).sorted())::text[]))
            AND (\(types.isEmpty)::boolean OR type = ANY (\(types.map(\.rawValue).sorted())::text[]))
            AND (\(text)::text IS NULL OR message ILIKE \(text)) AND (\(until)::timestamptz IS NULL OR at < \(until))
            """
    }

    private var hasOnlyTrouble: Bool { !levels.isEmpty && levels.isSubset(of: [.warning, .error]) }
}
