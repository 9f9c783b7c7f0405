package import Postgres

/// How the values of a column are written in COPY's binary form: what Postgres would spend most of a load's time on, taking texts apart, is done before
/// they are sent. Chosen by the type that the column really has, since a value of another type's form would be taken for one of its own.
package enum BinaryColumn: Sendable, Equatable {
    case text
    case boolean
    case integer
    case double
    case date
    case timestamp
    case timestamptz
    case time

    /// The forms of a stage's columns.
    ///
    /// - Returns: nil when one of them has a type that only Postgres reads, such as `numeric`.
    /// - Throws: `PostgresError`.
    package static func all(of stage: StageTable, in session: PostgresSession) throws -> [BinaryColumn]? {
        var types: [String: Int64] = [:]
        for row in try session.query(
            """
            SELECT attname::text AS name, atttypid::bigint AS type FROM pg_attribute
            WHERE attrelid = to_regclass(\(stage.name.sql)) AND attnum > 0 AND NOT attisdropped
            """)
        {
            types[try row.decode("name")] = try row.decode("type", as: Int64.self)
        }
        var columns: [BinaryColumn] = []
        for column in stage.columns {
            guard let known = types[column.name].flatMap(BinaryColumn.init(typeID:)) else { return nil }
            columns.append(known)
        }
        return columns
    }

    /// By the ids that Postgres' own types have had since they are there (pg_type.dat).
    init?(typeID: Int64) {
        switch typeID {
        case 16: self = .boolean
        case 23: self = .integer
        case 25, 1043: self = .text
        case 701: self = .double
        case 1082: self = .date
        case 1083: self = .time
        case 1114: self = .timestamp
        case 1184: self = .timestamptz
        default: return nil
        }
    }
}
