import WebServer

/// Where a server says it is. Heroku's discovery names a region, with the flag and the words that its pages show for it.
public struct Region: Sendable, Hashable {
    /// The name, such as `us`.
    public let name: String
    /// The flag's name, such as `united-states`.
    public let flag: String
    /// The words for people.
    public let label: String

    /// Nowhere in particular: what a server says that was told nothing.
    public static let selfHosted = Region(name: "private", flag: "self-hosted", label: "Self-hosted")

    /// The regions in which Heroku Connect had its cells, by their names.
    public static let known = [
        Region(name: "us", flag: "united-states", label: "United States"), Region(name: "eu", flag: "european-union", label: "Europe"),
        Region(name: "virginia", flag: "united-states", label: "Virginia"), Region(name: "oregon", flag: "united-states", label: "Oregon"),
        Region(name: "dublin", flag: "ireland", label: "Dublin"), Region(name: "frankfurt", flag: "germany", label: "Frankfurt"),
        Region(name: "sydney", flag: "australia", label: "Sydney"), Region(name: "tokyo", flag: "japan", label: "Tokyo"), selfHosted,
    ]
}
