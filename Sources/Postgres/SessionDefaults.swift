/// What every session of ours is set to when it opens, whatever the role or the database is set to: the code's statements and the texts that it
/// reads and writes rely on it. Everything else, `PGOPTIONS` and a URL's `options` included, stays as it is: whoever makes a database or a role
/// read-only, a full disk's keeper for one, means us too.
enum SessionDefaults {
    private static let always = [
        // Each call has a limit of its own, by its kind; a load may take hours. First of all, lest these lines themselves run out of time.
        ("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
        // The planner compiles whatever looks costly to it, which takes a second for a statement that takes a millisecond.
        ("jit", "off"),
        ("default_transaction_isolation", "'read committed'"),
        ("default_transaction_deferrable", "off"),
        // How values are written as text and read from it.
        ("DateStyle", "'ISO, MDY'"), ("IntervalStyle", "postgres"), ("TimeZone", "'UTC'"), ("extra_float_digits", "1"),
        ("bytea_output", "hex"), ("xmlbinary", "base64"), ("array_nulls", "on"), ("standard_conforming_strings", "on"),
        ("transform_null_equals", "off"), ("quote_all_identifiers", "off"),
    ]
    private static let since14 = [("idle_session_timeout", "0")]
    private static let since17 = [("transaction_timeout", "0")]

    /// The statements, separated by semicolons.
    ///
    /// - Parameter serverVersion: as libpq tells it: 170002 for 17.2.
    static func script(serverVersion: Int) -> String {
        let settings = always + (serverVersion >= 140_000 ? since14 : []) + (serverVersion >= 170_000 ? since17 : [])
        return settings.map { "SET \($0) TO \($1)" }.joined(separator: "; ")
    }
}
