import SandboxBytes

/// The API versions and what is below one.
package enum APIVersions {
    package static let range = 31...67
    private static let seasons = ["Spring", "Summer", "Winter"]

    /// Versions come three a year; 58.0 was Summer '23.
    package static func label(_ version: Int) -> String {
        let index = version - 57
        let year = 23 + (index - (index % 3 + 3) % 3) / 3
        let season = (index % 3 + 3) % 3
        return "\(seasons[season]) '\(season == 2 ? year + 1 : year)"
    }

    package static func parse(_ segment: String) -> Int? {
        let text = segment.lowercased()
        guard text.hasPrefix("v"), text.hasSuffix(".0"), let number = Int(text.dropFirst().dropLast(2)) else { return nil }
        return number
    }

    /// - Parameter oldest: versions before it are retired, and told of no more.
    package static func list(from oldest: Int) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.array { json in
            for version in range where version >= oldest {
                json.object { json in
                    json.field("label", label(version))
                    json.field("url", "/services/data/v\(version).0")
                    json.field("version", "\(version).0")
                }
            }
        }
        return .json(json)
    }

    package static func resources(base: String, identity: String) -> Reply {
        var json = JSONWriter()
        json.object { json in
            for name in [
                "chatter", "composite", "jobs", "limits", "parameterizedSearch", "query", "queryAll", "recent", "search", "sobjects",
                "tabs",
            ] {
                json.field(name, "\(base)/\(name)")
            }
            json.field("identity", identity)
        }
        return .json(json)
    }
}
