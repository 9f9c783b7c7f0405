/// What a mapping maps and how: the `config` of an export file, checked, beside the JSON it came from.
public struct MappingConfig: Sendable, Equatable {
    /// Which way data flows.
    public enum Access: String, Sendable, Hashable, Codable {
        /// Salesforce to Postgres.
        case readOnly = "read_only"
        /// Both ways.
        case readWrite = "read_write"
    }

    /// An index on one column.
    public struct Index: Sendable, Hashable {
        /// The field, as it is spelled among `fields`.
        public let field: String
        /// Whether the index is unique.
        public let isUnique: Bool
    }

    /// Which way data flows.
    public let access: Access
    /// Whether change events start a poll at once.
    public let acceleratesPolling: Bool
    /// Seconds between polls.
    public let pollingSeconds: Int
    /// Calls to Salesforce a day that reading the mapping may take; those of a connection's mappings together are the connection's.
    public let maxDailyAPICalls: Int
    /// The fields in the order of the file.
    public let fields: [String]
    /// The indexes in the order of the file.
    public let indexes: [Index]
    /// The unique external id by which inserts become upserts.
    public let upsertField: String?
    /// What Heroku Connect does not know.
    public let options: MappingOptions
    /// Which records are mapped: a condition of SOQL; nil for all of them.
    public var rowFilter: String? { options.rowFilter }
    /// The document as it was imported.
    public let document: JSONValue
    /// The document as it was imported, without white space.
    public var json: String { document.text }

    /// What `sf_max_daily_api_calls` is when nobody says.
    public static let standardDailyAPICalls = 30_000
    /// The most fields a mapping can have: a table of Postgres has at most 1,600 columns, of which `id`, `_hc_lastop` and `_hc_err` are three.
    public static let mostFields = 1597

    /// Reads a stored configuration.
    ///
    /// - Throws: `ExportFileError` naming the fault.
    public init(json: String) throws(ExportFileError) {
        do {
            try self.init(try JSONValue(parsing: json), at: "config")
        } catch let error as JSONSyntaxError {
            throw ExportFileError(path: "config", message: "expected a JSON document: \(error)")
        } catch let error as ExportFileError {
            throw error
        } catch {
            throw ExportFileError(path: "config", message: "\(error)")
        }
    }

    /// Reads and checks the `config` of a mapping.
    ///
    /// - Throws: `ExportFileError` naming the fault under `path`.
    public init(_ document: JSONValue, at path: String) throws(ExportFileError) {
        _ = try document.object(at: path)
        access = try Self.access(document["access"], at: "\(path).access")
        acceleratesPolling = try document["sf_notify_enabled"]?.boolean(at: "\(path).sf_notify_enabled") ?? false
        pollingSeconds = try document["sf_polling_seconds"]?.positiveInteger(at: "\(path).sf_polling_seconds") ?? 600
        maxDailyAPICalls =
            try document["sf_max_daily_api_calls"]?.positiveInteger(at: "\(path).sf_max_daily_api_calls") ?? Self.standardDailyAPICalls
        let fields = try Self.fields(document["fields"], at: "\(path).fields")
        self.fields = fields
        indexes = try Self.indexes(document["indexes"], fields: fields, at: "\(path).indexes")
        upsertField = try Self.upsertField(document["upsert_field"], fields: fields, at: "\(path).upsert_field")
        options = try MappingOptions(document, fields: fields, at: path)
        self.document = document
    }

    /// Why its table could not be made, as "expected … found …"; nil while it can.
    public var tooManyFields: String? {
        fields.count <= Self.mostFields
            ? nil : "expected at most \(Self.mostFields), since a table of Postgres has at most 1600 columns, found \(fields.count)"
    }

    /// The same, once it is known that a table can be made of it. Stored ones are not asked: each says so for itself (BAD_CONFIG), and the others go on.
    ///
    /// - Throws: `ExportFileError` naming the fields.
    func fitting(at path: String) throws(ExportFileError) -> MappingConfig {
        if let tooManyFields { throw ExportFileError(path: "\(path).fields", message: tooManyFields) }
        return self
    }

    private static func access(_ value: JSONValue?, at path: String) throws(ExportFileError) -> Access {
        guard let value else { return .readOnly }
        guard let access = Access(rawValue: try value.string(at: path)) else {
            throw ExportFileError(path: path, message: "expected read_only or read_write, found \(value.text.prefix(80))")
        }
        return access
    }

    private static func fields(_ value: JSONValue?, at path: String) throws(ExportFileError) -> [String] {
        guard let value else { throw ExportFileError(path: path, message: "expected an object of field names, found nothing") }
        guard case .object(let members) = value else {
            throw ExportFileError(path: path, message: "expected an object of field names, found \(value.kind)")
        }
        guard !members.isEmpty else { throw ExportFileError(path: path, message: "expected at least one field, found none") }
        var columns: [String: String] = [:]
        for member in members {
            try SalesforceName.check(member.key, at: path, allowsDots: true)
            guard case .object = member.value else {
                throw ExportFileError(path: "\(path).\(member.key)", message: "expected an object of options, found \(member.value.kind)")
            }
            let column = SalesforceName.column(ofField: member.key)
            guard !SalesforceName.isReserved(column: column) else {
                throw ExportFileError(
                    path: "\(path).\(member.key)", message: "expected a field whose column is free, found the reserved \(column)")
            }
            if let other = columns.updateValue(member.key, forKey: column) {
                let spelled = other == member.key ? "\(other)" : "\(other) and \(member.key)"
                throw ExportFileError(
                    path: path, message: "expected each field once, found \(spelled), mapped twice to the column \(column)")
            }
        }
        return members.map(\.key)
    }

    private static func indexes(_ value: JSONValue?, fields: [String], at path: String) throws(ExportFileError) -> [Index] {
        guard let value, value != .null else { return [] }
        var indexes: [Index] = []
        for member in try value.object(at: path) {
            guard let field = spelling(of: member.key, among: fields) else {
                throw ExportFileError(
                    path: "\(path).\(member.key)", message: "expected one of the mapped fields, found \(member.key.prefix(80))")
            }
            let isUnique: Bool
            if let unique = try JSONValue.object(member.value.object(at: "\(path).\(member.key)"))["unique"] {
                isUnique = try unique.boolean(at: "\(path).\(member.key).unique")
            } else {
                isUnique = false
            }
            indexes.append(Index(field: field, isUnique: isUnique))
        }
        return indexes
    }

    private static func upsertField(_ value: JSONValue?, fields: [String], at path: String) throws(ExportFileError) -> String? {
        guard let value, value != .null else { return nil }
        let name = try value.string(at: path)
        if name.isEmpty { return nil }
        guard let field = spelling(of: name, among: fields) else {
            throw ExportFileError(path: path, message: "expected one of the mapped fields, found \"\(name.prefix(80))\"")
        }
        return field
    }

    /// Salesforce's names do not tell upper from lower case.
    private static func spelling(of name: String, among fields: [String]) -> String? {
        let column = SalesforceName.column(ofField: name)
        return fields.first { SalesforceName.column(ofField: $0) == column }
    }

    /// Whether a mapping of this configuration would behave differently from one of the other.
    public func differs(from other: MappingConfig) -> Bool {
        access != other.access || acceleratesPolling != other.acceleratesPolling || pollingSeconds != other.pollingSeconds
            || maxDailyAPICalls != other.maxDailyAPICalls || Set(fields) != Set(other.fields) || Set(indexes) != Set(other.indexes)
            || upsertField != other.upsertField || options != other.options
    }

    /// Whether the configuration maps a field that the other lacks, so that a column must be filled.
    public func addedFields(since other: MappingConfig) -> [String] {
        let known = Set(other.fields.map(SalesforceName.column(ofField:)))
        return fields.filter { !known.contains(SalesforceName.column(ofField: $0)) }
    }
}
