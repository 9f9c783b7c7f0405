import ArgumentParser

/// `sluice connection …`: what an operator does to connections.
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection",
        abstract: "Makes, authorizes, lists and limits connections, looks at schemas, and gives them those that others had.",
        subcommands: [
            ConnectionCreateCommand.self, ConnectionAuthorizeCommand.self, ConnectionListCommand.self, ConnectionLimitCommand.self,
            ConnectionSchemaCommand.self, ConnectionTakeoverCommand.self, ConnectionAdoptCommand.self, ConnectionWritesCommand.self,
        ])
}
