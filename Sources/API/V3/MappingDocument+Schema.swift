import Catalog
import WebServer

extension MappingDocument {
    /// What `value` makes.
    static let schema = JSONSchema.object([
        "id": .uuid, "_id": .integer, "object_name": .string, "state": .oneOf(MappingState.allCases.map(\.rawValue)),
        "state_description": .string, "config": MappingConfigSchema.answered, "access": MappingConfigSchema.access,
        "sf_notify_enabled": .boolean, "sf_polling_seconds": .integer, "upsert_field": .string.nullable, "detail_url": .string,
        "errors_url": .string, "schema_url": .string, "created_at": .time, "updated_at": .time,
        "connection": .object(["id": .uuid]),
        "counts": .object(["db": .integer, "sf": .integer, "pending": .integer, "errors": .integer]),
        "count_kinds": .object(["db": countKind, "sf": countKind]),
        "db_count_date": .time.nullable, "salesforce_count_date": .time.nullable, "actively_writing": .boolean, "is_polling": .boolean,
        "sync_flags": .anyObject, "has_hc_columns": .boolean,
        "orphaned_at": JSONSchema.time.nullable.described("Since when no import names it any more."),
        "times": .object([
            "sf_poll": spacedTime, "sf_write": spacedTime, "db_poll": spacedTime, "db_write": spacedTime,
        ]),
    ]).named("Mapping")

    private static let countKind = JSONSchema.oneOf(["exact", "estimated", "not_available"])

    private static let spacedTime = JSONSchema.string.nullable.described("2026-01-31 12:00:00.123456+00:00, or null.")
}

/// A mapping's configuration: what people send, and what they get.
enum MappingConfigSchema {
    static let access = JSONSchema.oneOf("read_only", "read_write")

    /// As sent and exported: Heroku Connect's keys, and whatever else its exports hold.
    static let given = JSONSchema.object(
        [
            "access": access, "sf_notify_enabled": .boolean, "sf_polling_seconds": .integer(1...Int(Int32.max)),
            "sf_max_daily_api_calls": .integer(1...Int(Int32.max)),
            "fields": fields.described("At least one; each column once."),
            "indexes": JSONSchema(
                [
                    "type": "object", "propertyNames": fieldName.value,
                    "additionalProperties": JSONSchema.object(["unique": .boolean], optional: ["unique"], open: true).value,
                ]
            ).nullable.described("Fields that are mapped."),
            "upsert_field": .string.nullable.described("A mapped field."),
            "row_filter": rowFilter, "verify_hours": verifyHours, "refresh_hours": refreshHours, "column_types": columnTypes,
        ],
        optional: [
            "access", "sf_notify_enabled", "sf_polling_seconds", "sf_max_daily_api_calls", "indexes", "upsert_field", "row_filter",
            "verify_hours",
            "refresh_hours", "column_types",
        ], open: true
    ).named("MappingConfig")

    // What Heroku Connect does not know.
    private static let rowFilter = JSONSchema.string.nullable.described("A condition of SOQL: which records are mapped.")
    private static let verifyHours = JSONSchema.integer(0...87_600).nullable.described(
        "Hours between two comparisons with the object; 0 is never.")
    private static let refreshHours = JSONSchema.integer(0...87_600).nullable.described(
        "Hours between two readings of all records; 0 is never.")
    private static let columnTypes = JSONSchema(
        ["type": "object", "propertyNames": fieldName.value, "additionalProperties": JSONSchema.oneOf("numeric", "timestamptz").value]
    ).nullable.described("Preferred types of columns, by mapped field.")

    /// As answered: with what the server knows beside it.
    static let answered = JSONSchema.object(
        [
            "access": access, "sf_notify_enabled": .boolean, "sf_polling_seconds": .integer, "sf_max_daily_api_calls": .integer,
            "fields": .anyObject, "indexes": .anyObject.nullable, "upsert_field": .string, "row_filter": rowFilter,
            "verify_hours": verifyHours, "refresh_hours": refreshHours, "column_types": columnTypes,
            "revision": .integer, "applied_at": .time,
        ], optional: ["upsert_field", "row_filter", "verify_hours", "refresh_hours", "column_types"])

    /// What makes a mapping.
    static let submitted = JSONSchema.object(
        ["object_name": objectName, "config": given, "revision": .integer(1...Int(Int32.max))], optional: ["revision"], open: true)

    /// What replaces a mapping's configuration: the revision that was read is with it.
    static let replaced = JSONSchema.object(
        ["object_name": objectName, "config": given, "revision": .integer(1...Int(Int32.max))], optional: ["object_name"], open: true)

    /// What changes a mapping: options within `config`, or beside it.
    static let changed = JSONSchema.object(
        [
            "object_name": objectName, "config": .anyObject, "revision": .integer(1...Int(Int32.max)), "access": access.nullable,
            "sf_notify_enabled": JSONSchema.boolean.nullable, "sf_polling_seconds": JSONSchema.integer(1...Int(Int32.max)).nullable,
            "sf_max_daily_api_calls": JSONSchema.integer(1...Int(Int32.max)).nullable, "upsert_field": .string.nullable,
        ],
        optional: [
            "object_name", "config", "revision", "access", "sf_notify_enabled", "sf_polling_seconds", "sf_max_daily_api_calls",
            "upsert_field",
        ], open: true)

    /// A name of Salesforce's.
    static let objectName = JSONSchema.objectName
    private static let fieldName = JSONSchema.string(maxLength: 255, pattern: #"^[A-Za-z][A-Za-z0-9_.]*$"#)
    private static let fields = JSONSchema([
        "type": "object", "minProperties": 1, "propertyNames": fieldName.value, "additionalProperties": ["type": "object"],
    ])

    /// An export file.
    static let file = JSONSchema.object(
        [
            "version": .integer(1...1), "connection": .anyObject,
            "mappings": .array(of: .object(["object_name": objectName, "config": given], open: true)),
        ], optional: ["version", "connection"], open: true
    ).named("ExportFile")
}
