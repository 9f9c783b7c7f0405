// A simulated Salesforce org over real HTTP, for the demo, the tests and the benchmarks. It shares no code with the product's Salesforce
// client, so that one checks the other.
//
// `SandboxServer` starts it. `SandboxResponder` takes requests apart and lets `Troubles` spoil them; `OAuthRoutes`, `DataRoutes` and
// `AdminRoutes` answer. The data is in `Org`: rows are generated from a seed when they are read (`FieldGenerator`), and what was written
// lies over them (`RowStore`), so that a million rows cost nothing. `QueryPlan` and `QueryRunner` find rows, `RowShape` and `CSVRows`
// write them, `RecordWriter` changes them under Salesforce's rules.
//
// Every change of a row leaves a `RowChange` in its `Table`; when the transaction is over, `Org` gives them to the `EventLog`, from which
// `CometRoutes` serves subscribers.
//
// `SandboxListeners` are its ports: plain HTTP, TLS (`TLSHandler`, over OpenSSL) and a CONNECT proxy that leads every host to itself
// (`ConnectHandler`). `CompressedReply` and `RequestBody` are gzip's two directions.
//
// It never keeps anything on disk: an org lives as long as its process.
