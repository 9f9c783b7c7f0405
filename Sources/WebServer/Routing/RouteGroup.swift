/// Routes that belong together, which whoever starts the server adds to the API's.
package protocol RouteGroup: Sendable {
    /// What the routes say of themselves.
    static var documentation: [RouteDocumentation] { get }

    /// Adds them.
    func add(to table: RouteTable)

    /// Ends what has no end of its own, such as streams: the server is to stop.
    func close() async
}

extension RouteGroup {
    package func close() async {}
}
