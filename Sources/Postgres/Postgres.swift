// Postgres: Swift over libpq.
//
// Measured on the machines this project runs on, the fastest way to drive libpq from Swift is one thread per connection with whole
// units of work handed to it. So a `PostgresConnection` is an actor whose executor is a thread of its own, and work is a closure that
// gets a `PostgresSession`: synchronous, confined to that thread, able to run a transaction without a single hop.
//
//     let pool = PostgresPool(configuration: try PostgresConfiguration(url: url), size: 4, logger: logger)
//     let names = try await pool.withSession { session in
//         try session.query("SELECT name FROM \(identifier: schema, "account") WHERE id > \(minimum)").map { try $0.decode("name", as: String.self) }
//     }
//
// `PostgresQuery` keeps values (parameters), identifiers and raw SQL apart; `PostgresPool` lends and repairs connections;
// `PostgresListener` holds a LISTEN alive through outages; `PostgresMigrator` applies numbered SQL files under an advisory lock.
// Every wait has a deadline and can be cancelled; nothing here knows the product.
