import ArgumentParser

/// Which mapping a command is about.
struct MappingArguments: ParsableArguments {
    @Argument(help: "The mapping: its object, such as Account, or its id.")
    var mapping: String

    @Option(help: "The connection, where several map the object: its id, resource name, name or app.")
    var connection: String?
}
