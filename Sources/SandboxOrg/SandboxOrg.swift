// A simulated Salesforce org over real HTTP, for the demo, the tests and the benchmarks. It shares no code with the product's Salesforce
// client, so that one checks the other.
//
// `SandboxServer` starts it and is the front door; everything else is of the package alone. `SandboxResponder` takes requests apart and lets
// `Troubles` spoil them; `OAuthRoutes`, `DataRoutes`, `AsyncRoutes`, `CometRoutes` and `AdminRoutes` answer. `SandboxListeners` are its ports.
//
// Its modules, from below: `SandboxBytes` (spelling), `SandboxData` (schema and rows), `SandboxQuery` (SOQL) and beside them `SandboxHTTP`;
// `SandboxStore` (the org, its rules and its journal); `SandboxLogin`, `SandboxREST`, `SandboxBulk` and `SandboxStreaming`; and this one. Each
// opens with its story.
