import ArgumentParser

/// `sluice connection …`: makes, authorizes and lists connections.
struct ConnectionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connection", abstract: "Makes, authorizes and lists connections.",
        subcommands: [ConnectionCreateCommand.self, ConnectionAuthorizeCommand.self, ConnectionListCommand.self])
}
