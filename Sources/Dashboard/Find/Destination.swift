import Catalog
import Foundation

/// Somewhere to go.
struct Destination: Equatable {
    let label: String
    let detail: String
    let address: String

    private static let mostShown = 30

    /// What of everything that somebody may see fits a few letters, the best first; all letters of a word need to be there, in order.
    ///
    /// - Parameter prefixes: the first three letters of the ids of mapped objects, by mapping, as far as they are known.
    static func find(_ query: String, connections: [Connection], mappings: [Mapping], prefixes: [UUID: String]) -> [Destination] {
        let query = query.trimmingCharacters(in: .whitespaces)
        let names = Dictionary(connections.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
        var found: [(rank: Int, destination: Destination)] = []
        func offer(_ label: String, _ detail: String, _ address: String, weight: Int) {
            guard let rank = rank(of: query, in: label) ?? rank(of: query, in: "\(detail) \(label)").map({ $0 + 50 }) else { return }
            found.append((rank * 10 + weight, Destination(label: label, detail: detail, address: address)))
        }
        if isRecordID(query) {
            let fitting = mappings.filter { prefixes[$0.id] == String(query.prefix(3)) }
            for mapping in fitting.isEmpty ? mappings.filter({ prefixes[$0.id] == nil }) : fitting {
                let address = PageAddress.make(
                    ConnectionFrame.Tab.explorer.path(mapping.connectionID), [("mapping", mapping.objectName), ("search", query)])
                found.append(
                    (
                        0,
                        Destination(
                            label: query, detail: "row of \(mapping.objectName), \(names[mapping.connectionID] ?? "")", address: address)
                    ))
            }
        }
        for connection in connections {
            for tab in ConnectionFrame.Tab.allCases {
                offer(tab.label, connection.name, tab.path(connection.id), weight: 2)
            }
            offer("Audit trail", connection.name, "\(ConnectionFrame.path(connection.id))/audit", weight: 3)
            offer("Supported objects", connection.name, "\(ConnectionFrame.path(connection.id))/objects", weight: 3)
            offer("Drains and notifications", connection.name, OutletsPage.path(connection.id), weight: 3)
        }
        for mapping in mappings { offer(mapping.objectName, names[mapping.connectionID] ?? "", MappingPage.path(mapping.id), weight: 0) }
        offer("Connections", "start page", "/", weight: 1)
        offer("Your account", "tokens, sessions, password", "/account", weight: 1)
        return found.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.prefix(mostShown).map(
            \.element.destination)
    }

    /// Whether a text looks like a record's id: 15 or 18 letters and digits.
    static func isRecordID(_ text: String) -> Bool {
        (text.utf8.count == 15 || text.utf8.count == 18) && text.utf8.allSatisfy { ($0 | 0x20).isLetter || (0x30...0x39).contains($0) }
    }

    /// How badly a query fits a text: 0 is its beginning; nil does not fit.
    static func rank(of query: String, in text: String) -> Int? {
        let (query, text) = (query.lowercased(), text.lowercased())
        if query.isEmpty || text.hasPrefix(query) { return 0 }
        if text.contains(" \(query)") || text.contains("_\(query)") { return 1 }
        if text.contains(query) { return 2 }
        var rest = Substring(text)
        for letter in query where letter != " " {
            guard let place = rest.firstIndex(of: letter) else { return nil }
            rest = rest[rest.index(after: place)...]
        }
        return 5
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (0x61...0x7A).contains(self) }
}
