/// A mapping configuration as people export and import it: Heroku Connect's file format, version 1.
public struct ExportFile: Sendable, Equatable {
    /// One mapping of the file.
    public struct Entry: Sendable, Equatable {
        /// The Salesforce object.
        public let objectName: String
        /// Its configuration.
        public let config: MappingConfig
        /// Whether the file has the configuration before the name.
        public let isConfigFirst: Bool
    }

    /// The mappings in the order of the file.
    public let mappings: [Entry]

    /// Reads a file and checks all of it.
    ///
    /// - Throws: `ExportFileError` naming the first fault.
    public init(parsing bytes: some Sequence<UInt8>) throws(ExportFileError) {
        let document: JSONValue
        do {
            document = try JSONValue(parsing: bytes)
        } catch {
            throw ExportFileError(path: "", message: "expected a JSON document: \(error)")
        }
        try self.init(document)
    }

    /// Reads a file and checks all of it.
    ///
    /// - Throws: `ExportFileError` naming the first fault.
    public init(parsing text: String) throws(ExportFileError) {
        try self.init(parsing: text.utf8)
    }

    private init(_ document: JSONValue) throws(ExportFileError) {
        _ = try document.object(at: "")
        if let version = document["version"], version.wholeNumber != 1 {
            throw ExportFileError(path: "version", message: "expected 1, found \(version.text.prefix(40))")
        }
        guard let list = document["mappings"] else {
            throw ExportFileError(path: "mappings", message: "expected an array of mappings, found nothing")
        }
        var entries: [Entry] = []
        var places: [String: Int] = [:]
        for (position, element) in try list.array(at: "mappings").enumerated() {
            let entry = try Self.entry(element, at: "mappings[\(position)]")
            if let first = places.updateValue(position, forKey: entry.objectName.lowercased()) {
                throw ExportFileError(
                    path: "mappings[\(position)].object_name",
                    message: "expected each object once, found \(entry.objectName), which mappings[\(first)] maps already")
            }
            entries.append(entry)
        }
        mappings = entries
    }

    private static func entry(_ element: JSONValue, at path: String) throws(ExportFileError) -> Entry {
        let members = try element.object(at: path)
        guard let name = element["object_name"] else {
            throw ExportFileError(path: "\(path).object_name", message: "expected the name of a Salesforce object, found nothing")
        }
        let objectName = try name.string(at: "\(path).object_name")
        try SalesforceName.check(objectName, at: "\(path).object_name", allowsDots: false)
        guard let config = element["config"] else {
            throw ExportFileError(path: "\(path).config", message: "expected an object, found nothing")
        }
        return Entry(
            objectName: objectName, config: try MappingConfig(config, at: "\(path).config").fitting(at: "\(path).config"),
            isConfigFirst: members.first { $0.key == "config" || $0.key == "object_name" }?.key == "config")
    }
}

extension ExportFile {
    /// The file that describes a connection's mappings. What was imported comes out as it went in.
    public static func document(connection: Connection, mappings: [Mapping], exportedAt: String) -> JSONValue {
        let exportedFeatures = [
            "disable_bulk_writes", "poll_db_no_merge", "poll_external_ids", "rest_count_only", "ucs_basic_collation_index",
        ]
        return [
            "mappings": .array(mappings.map(entry)),
            "connection": [
                "app_name": .string(connection.appName),
                "organization_id": .string(connection.organizationID ?? ""),
                "exported_at": .string(exportedAt),
                "features": .object(exportedFeatures.map { JSONValue.Member($0, .bool(connection.features[$0])) }),
                "api_version": .string(connection.apiVersion),
                "name": .string(connection.name),
                "logplex_log_enabled": false,
            ],
            "version": 1,
        ]
    }

    private static func entry(_ mapping: Mapping) -> JSONValue {
        let members: [JSONValue.Member] = [
            .init("object_name", .string(mapping.objectName)), .init("config", mapping.config.document),
        ]
        return .object(mapping.isConfigFirst ? members.reversed() : members)
    }
}
