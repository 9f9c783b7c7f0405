/// Lets requests in.
package protocol RouteKeeper: Sendable {
    /// The handler of a route behind its gate.
    func handler(of route: Route, at path: String) -> RouteTable.Handler

    /// The handler of a route of the API, behind the same gate, for somebody who was let in already; nil for a route of another kind.
    func innerHandler(of route: Route, at path: String) -> Route.Handler?
}
