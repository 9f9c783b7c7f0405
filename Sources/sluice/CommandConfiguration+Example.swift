import ArgumentParser

extension CommandConfiguration {
    /// A command whose help ends with an example: a command line that is understood as it stands.
    init(commandName: String, abstract: String, discussion: String = "", aliases: [String] = [], example: String) {
        let text = discussion.isEmpty ? "Example: \(example)" : "\(discussion)\n\nExample: \(example)"
        self.init(commandName: commandName, abstract: abstract, discussion: text, aliases: aliases)
    }
}
