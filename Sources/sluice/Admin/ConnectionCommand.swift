import ArgumentParser

/// `sluice connection …`: what an operator does to connections.
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Makes, authorizes, lists and limits connections, and gives them schemas that others had.",
        subcommands: [
            ConnectionCreateCommand.self, ConnectionAuthorizeCommand.self, ConnectionListCommand.self, ConnectionLimitCommand.self,
            ConnectionTakeoverCommand.self, ConnectionAdoptCommand.self, ConnectionWritesCommand.self,
        ])
}
