/// A connection's switches, by the names Heroku Connect gave them.
public struct ConnectionFeatures: Sendable, Hashable {
    /// Every switch that clients know, with its default.
    public static let defaults: [(name: String, value: Bool)] = [
        ("cdc_for_accelerated_polling", false),
        ("disable_bulk_writes", false),
        ("drift_max_batches_in_parallel_override", false),
        ("early_sf_api_access", false),
        ("force_picklist_255", false),
        ("get_deleted_latest_date_check", false),
        ("increased_query_cursor_limit", false),
        ("log_memory_usage", false),
        ("mtls_shield_connection", false),
        ("poll_db_no_merge", true),
        ("poll_external_ids", false),
        ("rest_count_only", false),
        ("retry_failed_create_soap_call", false),
        ("retry_get_query_batch_result_ids", true),
        ("set_odata_extra_float_digits_to_0", false),
        ("sync_repair_unlimited_query_all", false),
        ("temp_tables_in_transactions", false),
        ("testing_flag_only", false),
        ("ucs_basic_collation_index", true),
        ("use_assignment_rules", false),
        ("verbose_sfnotifier_logging", false),
    ]
    /// The switches that do something here; the others are shown in their default position and cannot be moved.
    public static let served: Set<String> = ["disable_bulk_writes", "poll_db_no_merge", "rest_count_only"]
    private static let defaultValues = Dictionary(uniqueKeysWithValues: defaults.map { ($0.name, $0.value) })

    /// What the connection says, where it differs from the defaults.
    public let switches: [String: Bool]

    /// Switches over the defaults.
    public init(switches: [String: Bool] = [:]) {
        self.switches = switches
    }

    /// The switches after a change: those that return to their default are not kept.
    ///
    /// - Throws: `CatalogError` with code `.invalid` naming a switch that is none, or one that does nothing here and so cannot be moved.
    public func changed(by change: [String: Bool]) throws(CatalogError) -> ConnectionFeatures {
        var switches = switches
        for (name, value) in change.sorted(by: { $0.key < $1.key }) {
            guard let standard = Self.defaultValues[name] else {
                throw CatalogError(code: .invalid, message: "features.\(name): expected one of Heroku Connect's switches")
            }
            guard Self.served.contains(name) || value == self[name] else {
                throw CatalogError(
                    code: .invalid,
                    message:
                        "features.\(name): expected \(self[name]), since this switch does nothing here; those that do are \(Self.served.sorted().joined(separator: ", "))"
                )
            }
            switches[name] = value == standard ? nil : value
        }
        return ConnectionFeatures(switches: switches)
    }

    /// A switch's position; one that nobody knows is off.
    public subscript(name: String) -> Bool { switches[name] ?? Self.defaultValues[name] ?? false }

    /// Whether changes are written one by one in order (true) or merged by record (false).
    public var writesInOrder: Bool { self["poll_db_no_merge"] }
    /// Whether writes never use the Bulk API.
    public var disablesBulkWrites: Bool { self["disable_bulk_writes"] }
    /// Whether the org's records are counted by its statistics (true), which are rough and cost nothing, or one by one (false).
    public var countsByStatistics: Bool { self["rest_count_only"] }
}
