import Catalog
import Foundation
import Testing

@Suite("The command line")
struct CommandLineTests {
    private struct Help: Decodable {
        struct Command: Decodable {
            let superCommands: [String]?
            let commandName: String
            let abstract: String?
            let discussion: String?
            let subcommands: [Command]?

            /// This and all below it, but for the parser's own.
            var leaves: [Command] {
                let below = (subcommands ?? []).filter { $0.commandName != "help" }
                return below.isEmpty ? [self] : below.flatMap(\.leaves)
            }
        }
        let command: Command
    }

    private static func run(_ arguments: [String], _ environment: [String: String] = [:]) async throws -> (
        status: Int32, output: String, errors: String
    ) {
        let process = try ProcessUnderTest("sluice", arguments, environment: environment)
        let status = try await process.exitStatus()
        return (status, process.output, process.errors)
    }

    @Test("every command says what it does, with an example that is understood as it stands")
    func examples() async throws {
        let dump = try await Self.run(["--experimental-dump-help"])
        let leaves = try JSONDecoder().decode(Help.self, from: Data(dump.output.utf8)).command.leaves
        #expect(leaves.count > 20)
        for command in leaves {
            let path = ((command.superCommands ?? []).dropFirst() + [command.commandName]).joined(separator: " ")
            #expect(command.abstract?.hasSuffix(".") == true, "\(path)")
            let example = command.discussion?.matches(of: #/Example: (.+)/#).last.map { String($0.1) }
            guard let example else {
                Issue.record("\(path) has no example")
                continue
            }
            let words = example.prefix { $0 != "<" }.split(separator: " ").map(String.init).drop { $0 != "sluice" }.dropFirst()
            #expect(words.joined(separator: " ").hasPrefix(path), "\(example)")
            // Without its variables a command goes no further than understanding its arguments.
            let ended = try await Self.run(Array(words))
            // One that reads a file was given none.
            #expect(
                ended.status != 0 && (ended.status != 64 || example.contains("<")), "\(example) ended with \(ended.status): \(ended.errors)"
            )
        }
    }

    @Test(
        "what is not understood is one line and status 64",
        arguments: [
            ["nonsense"], ["worker", "--concurrency", "0"], ["worker", "--concurrency", "many"], ["worker", "--no-such-option"],
            ["job", "show", "x"], ["job", "show"], ["migrate", "--json"], ["user", "add"], ["user", "add", "a@example.com"],
            ["api", "--port"], ["scheduler", "--metrics-port", "70000"], ["user", "nonsense"], ["job", "enqueue", "nonsense"],
        ])
    func misunderstood(_ arguments: [String]) async throws {
        let ended = try await Self.run(arguments)
        #expect(ended.status == 64)
        #expect(ended.errors.hasPrefix("Error: ") && ended.errors.filter(\.isNewline).count == 1, "\(ended.errors)")
        #expect(ended.output.isEmpty)
    }

    @Test("what fails is one line and status 1, a variable at fault one line and 78")
    func failures() async throws {
        let unreachable = [
            "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "SLUICE_SECRET_KEY": Data(repeating: 7, count: 32).base64EncodedString(),
        ]
        for (environment, status) in [(unreachable, 1), ([:], 78), (unreachable.merging(["LOG_FORMAT": "xml"]) { $1 }, 78)] {
            let ended = try await Self.run(["status"], environment)
            #expect(ended.status == Int32(status))
            #expect(ended.errors.filter(\.isNewline).count == 1, "\(ended.errors)")
        }
    }

    @Test("the version is told, and completions for three shells")
    func parserOwn() async throws {
        let version = try await Self.run(["--version"])
        #expect(version.status == 0 && version.output == SluiceVersion.number + "\n")
        for shell in ["bash", "zsh", "fish"] {
            let completions = try await Self.run(["--generate-completion-script", shell])
            #expect(completions.status == 0 && completions.output.contains("metrics-port"), "\(shell)")
        }
    }
}
