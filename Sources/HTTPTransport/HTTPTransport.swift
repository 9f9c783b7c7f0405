// HTTPTransport: Swift over libcurl.
//
// Two ways to make a request, with the same `TransferRequest` and the same errors:
//
// - `HTTPClient` is for everything asynchronous. One thread of its own drives one curl multi handle and idles in
//   `curl_multi_poll`, so any number of transfers share a connection pool and none of them occupies a thread of Swift's
//   cooperative pool. Request and response bodies stream with back-pressure both ways: a side that lags pauses the socket,
//   and at most `HTTPClientConfiguration.bufferSize` bytes a direction are held.
// - `BlockingTransfer` is for a thread that exists to move one download somewhere, such as a Bulk result that feeds COPY on
//   a Postgres connection's own thread: curl calls back on that thread, and a callback that blocks is the back-pressure.
//
// The module knows nothing of Salesforce. It follows no redirects, keeps no cookies, retries nothing that could have
// reached the server (see `UploadSource.rewind()`), and its errors carry neither query strings nor credentials.
