import Catalog
import Foundation

/// The jobs of a connection and the processes that do them.
struct JobsTab {
    let user: User
    let now: Date
    let connection: Connection
    let reading: ClusterReading

    var html: HTML {
        let sections = JobSections(reading: reading, now: now)
        let errored = (reading.mappings[connection.id] ?? []).map(\.erroredWrites).reduce(0, +)
        return ConnectionFrame(user: user, connection: connection, tab: .jobs, erroredWrites: errored).page(
            "\(sections.live)\n\(sections.ended)\n\(sections.processes)")
    }
}
