import SandboxData
import SandboxQuery

/// The push topics in force.
struct PushTopics: Sendable {
    private var topics: [PushTopic] = []
    private var schema: OrgSchema?

    /// Reads the rows of the object PushTopic, when that is needed; a schema without the object has no topics.
    private mutating func read(_ tables: [Table], schema: OrgSchema, now: Int64) {
        guard self.schema !== schema else { return }
        self.schema = schema
        topics = []
        guard let object = schema.object("PushTopic") else { return }
        let table = tables[object.index]
        for row in 0..<table.rows.count where table.isLive(row) {
            if let topic = PushTopic(row, in: table.rows, schema: schema, now: now) { topics.append(topic) }
        }
    }

    /// What subscribers of topics are told of a transaction.
    mutating func events(_ changes: [RowChange], _ tables: [Table], schema: OrgSchema, now: Int64) -> [TopicEvent] {
        if changes.contains(where: { $0.object.name == "PushTopic" }) { self.schema = nil }
        read(tables, schema: schema, now: now)
        guard topics.contains(where: { topic in changes.contains { $0.object === topic.plan.object } }) else { return [] }
        let snapshot = OrgSnapshot(schema: schema, stores: tables.map(\.rows), now: now)
        return changes.flatMap { change in topics.compactMap { $0.event(change, in: snapshot) } }
    }

    /// Whether there is an active topic of this name.
    mutating func contains(_ name: String, _ tables: [Table], schema: OrgSchema, now: Int64) -> Bool {
        read(tables, schema: schema, now: now)
        return topics.contains { $0.name == name }
    }
}
