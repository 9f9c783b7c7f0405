// Salesforce: a client of Salesforce's APIs. It knows nothing of Postgres, tables or jobs.
//
// - `SalesforceSession` is one org's authorisation: it holds the access token, renews it once for everybody who waits, and
//   saves a rotated refresh token before anybody uses what came with it.
// - `SalesforceClient` makes the calls: describe, SOQL pages, Bulk 2.0, sObject Collections, replication, limits. Each call
//   has a time-out, is repeated once after a 401, and fails with a `SalesforceError` that says what can help.
// - `QueryPageScanner` reads a page of records of unknown shape at memory speed, without a String or Dictionary a value.
// - `SOQL` is the one place where a name or a value becomes query text; `SalesforceID` and `SalesforceDate` do the same for ids
//   and times.
//
// The module keeps no schedule and retries nothing else by itself: whoever calls knows whether waiting is worth it.
