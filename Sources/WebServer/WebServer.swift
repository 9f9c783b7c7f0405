/// What the API and the dashboard stand on: an HTTP server that strangers cannot exhaust, routes behind gates, and what both read and write.
///
/// `Transport` limits connections in number, time and memory beneath Hummingbird. A `RouteTable` takes `Route`s, each with the `RouteGate` that
/// says who may use it, and hands them to a `RouteKeeper`, which finds out who asks. `Messages` reads requests and writes answers and refusals
/// (`APIError`); `Documentation` makes OpenAPI of what routes say of themselves; `Pages` holds what every page shares. `InnerAPI` lets pages act
/// through the API's own routes. Of connections and mappings it knows only their names in paths.
