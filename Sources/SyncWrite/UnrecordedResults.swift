import LoggedChanges

/// What is known of changes and stands in no transaction yet.
struct UnrecordedResults: Sendable {
    /// How changes ended, by table.
    private(set) var results: [String: [ChangeResult]] = [:]
    /// Changes that go back to wait, and why.
    private(set) var putBack: [(change: Change, reason: String)] = []
    /// Bulk jobs whose results are among these.
    private(set) var ingests: [String] = []

    /// How many changes there are.
    var count: Int { results.values.reduce(0) { $0 + $1.count } + putBack.count }

    /// Whether changes among them were refused for parents that no record is.
    var lacksParents: Bool { results.values.contains { $0.contains(where: \.lacksParent) } }

    mutating func add(_ list: [ChangeResult]) {
        for result in list { results[result.change.table, default: []].append(result) }
    }

    mutating func putBack(_ changes: [Change], _ reason: String) {
        putBack += changes.map { ($0, reason) }
    }

    mutating func end(ingest: String) {
        ingests.append(ingest)
    }

    /// Hands all of it over to a transaction.
    mutating func takeAll() -> UnrecordedResults {
        defer { self = UnrecordedResults() }
        return self
    }
}
