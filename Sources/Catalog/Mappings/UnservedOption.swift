/// An option of a mapping that is taken, kept and exported, but does nothing here: people are told in validations and in the mapping's description.
public struct UnservedOption: Sendable, Hashable {
    /// Its place in the configuration, such as `sf_notify_enabled`.
    public let name: String
    /// What happens instead.
    public let instead: String

    /// Options that have a meaning here.
    private static let known = Set([
        "access", "applied_at", "fields", "indexes", "revision", "sf_max_daily_api_calls", "sf_notify_enabled", "sf_polling_seconds",
        "upsert_field",
    ]).union(MappingOptions.names)

    /// What of a configuration does nothing here.
    public static func of(_ config: MappingConfig) -> [UnservedOption] {
        let members = config.document.members ?? []
        var options = members.filter { !known.contains($0.key) }.map { UnservedOption(name: $0.key, instead: "it is not known here") }
        for member in members where member.key == "fields" {
            options += (member.value.members ?? []).filter { $0.value.members?.isEmpty == false }.map {
                UnservedOption(name: "fields.\($0.key)", instead: "options of a field are not known here")
            }
        }
        return options
    }

    /// Name and meaning on one line.
    public var text: String { "\(name) does nothing here: \(instead)" }
}
