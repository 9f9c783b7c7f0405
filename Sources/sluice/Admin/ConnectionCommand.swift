import ArgumentParser

/// `sluice connection …`: makes, authorizes, lists and limits connections.
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Makes, authorizes, lists and limits connections.",
        subcommands: [
            ConnectionCreateCommand.self, ConnectionAuthorizeCommand.self, ConnectionListCommand.self, ConnectionLimitCommand.self,
        ])
}
