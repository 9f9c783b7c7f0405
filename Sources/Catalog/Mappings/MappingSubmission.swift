/// What a client sends to make or change a mapping: `{"object_name", "config", "revision"}`. Clients also send back what they were given,
/// where the revision stands within the configuration and a few options stand beside it; what the server alone decides is passed over.
public struct MappingSubmission: Sendable, Equatable {
    /// The object; nil when it is not named, as in a change.
    public let objectName: String?
    /// The revision that the client saw; nil when it does not say.
    public let revision: Int?
    /// The options that are set, in the order in which they were sent.
    let options: [JSONValue.Member]

    /// Options that a mapping's document has beside its configuration, too.
    private static let lifted: Set<String> = [
        "access", "sf_notify_enabled", "sf_polling_seconds", "sf_max_daily_api_calls", "upsert_field",
    ]
    /// Options that may be absent by being null.
    private static let nullable: Set<String> = ["indexes", "upsert_field", "row_filter"]
    /// What the server says of a configuration, and nobody sets.
    private static let ofTheServer: Set<String> = ["revision", "applied_at"]

    /// Reads a body.
    ///
    /// - Throws: `ExportFileError` naming the first fault.
    public init(_ document: JSONValue) throws(ExportFileError) {
        let members = try document.object(at: "")
        if let name = document["object_name"] {
            let text = try name.string(at: "object_name")
            try SalesforceName.check(text, at: "object_name", allowsDots: false)
            objectName = text
        } else {
            objectName = nil
        }
        let config = document["config"]
        if let config { _ = try config.object(at: "config") }
        revision = try (document["revision"] ?? config?["revision"])?.positiveInteger(at: "revision")
        let beside = members.filter { Self.lifted.contains($0.key) }
        options = (config?.members ?? beside).filter { !Self.ofTheServer.contains($0.key) }
        if config != nil { try Self.check(echoed: beside) }
    }

    /// What stands beside a configuration counts for nothing, but what it could never be is a client's mistake.
    private static func check(echoed options: [JSONValue.Member]) throws(ExportFileError) {
        let options = options.filter { $0.value != .null }
        let fields = Set(["Id"] + options.compactMap { $0.key == "upsert_field" ? $0.value.string : nil })
        _ = try MappingConfig(.object(options + [.init("fields", .object(fields.map { .init($0, [:]) }))]), at: "config")
    }

    /// The configuration of a new mapping, or of one that is replaced. What may be null and is, is left out: no export has it.
    ///
    /// - Throws: `ExportFileError` naming the first fault.
    public func configuration() throws(ExportFileError) -> MappingConfig {
        try Self.checked(MappingConfig(.object(options.filter { $0.value != .null || !Self.nullable.contains($0.key) }), at: "config"))
    }

    /// A configuration with what is set here in place of what it has: an option that is named is replaced as a whole, so that fields can be
    /// taken away; an option of `null` is taken out, where the format allows none.
    ///
    /// - Throws: `ExportFileError` naming the first fault.
    public func configuration(changing config: MappingConfig) throws(ExportFileError) -> MappingConfig {
        var members = config.document.members ?? []
        for option in options {
            let place = members.firstIndex { $0.key == option.key }
            switch (place, option.value) {
            case (let place?, .null): members.remove(at: place)
            case (nil, .null): break
            case (let place?, _): members[place] = option
            case (nil, _): members.append(option)
            }
        }
        return try Self.checked(MappingConfig(.object(members), at: "config"))
    }

    /// Without the id no row can be matched with its record; the editor of Heroku Connect does not let go of it either.
    private static func checked(_ config: MappingConfig) throws(ExportFileError) -> MappingConfig {
        guard config.fields.contains(where: { $0.lowercased() == "id" }) else {
            throw ExportFileError(path: "config.fields", message: "expected Id among the fields, without which rows cannot be matched")
        }
        return try config.fitting(at: "config")
    }
}
