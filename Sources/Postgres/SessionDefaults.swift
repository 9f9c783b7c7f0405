/// What every session of ours is set to when it opens, whatever the role or the database is set to: the code's statements and the texts that it
/// reads and writes rely on it. Everything else, `PGOPTIONS` and a URL's `options` included, stays as it is: whoever makes a database or a role
/// read-only, a full disk's keeper for one, means us too.
enum SessionDefaults {
    private static let always = [
        // Each call has a limit of its own, by its kind; a load may take hours. First of all, lest these lines themselves run out of time.
        ("statement_timeout", "0"), ("lock_timeout", "0"), ("idle_in_transaction_session_timeout", "0"),
        // The planner compiles whatever looks costly to it, which takes a second for a statement that takes a millisecond.
        ("jit", "off"),
        ("default_transaction_isolation", "read committed"),
        ("default_transaction_deferrable", "off"),
        // How values are written as text and read from it.
        ("DateStyle", "ISO, MDY"), ("IntervalStyle", "postgres"), ("TimeZone", "UTC"), ("extra_float_digits", "1"),
        ("bytea_output", "hex"), ("xmlbinary", "base64"), ("array_nulls", "on"), ("standard_conforming_strings", "on"),
        ("transform_null_equals", "off"), ("quote_all_identifiers", "off"),
    ]
    private static let since14 = [("idle_session_timeout", "0")]
    private static let since17 = [("transaction_timeout", "0")]

    /// Statements, separated by semicolons, that set a session which is served by the process that its client was told of, and leave any other as
    /// it is: that one is a pooler's, and somebody else's after the transaction. The last one's `pid` says whose it is.
    ///
    /// - Parameters:
    ///   - serverVersion: as libpq tells it: 170002 for 17.2.
    ///   - process: what the client was told.
    static func script(serverVersion: Int, ofProcess process: Int) -> String {
        let sets = settings(serverVersion).map { "SELECT set_config('\($0)', '\($1)', pg_backend_pid() <> \(process))" }
        return (sets + ["SELECT pg_backend_pid() AS pid"]).joined(separator: "; ")
    }

    /// Statements that set the transaction at hand.
    ///
    /// - Parameter serverVersion: as libpq tells it.
    static func transactionScript(serverVersion: Int) -> String {
        settings(serverVersion).map { "SET LOCAL \($0) TO '\($1)'" }.joined(separator: "; ")
    }

    private static func settings(_ serverVersion: Int) -> [(String, String)] {
        always + (serverVersion >= 140_000 ? since14 : []) + (serverVersion >= 170_000 ? since17 : [])
    }
}
