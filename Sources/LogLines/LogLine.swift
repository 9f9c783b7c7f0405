public import Foundation
public import Logging

/// One event as one line: whatever a name or a value holds, it neither ends the line nor passes for another key.
public struct LogLine: Sendable {
    /// When it happened.
    public let time: Date
    /// How severe it is.
    public let level: Logger.Level
    /// Which process tells it, such as `worker`.
    public let process: String
    /// What happened.
    public let message: String
    /// What it is about.
    public let metadata: Logger.Metadata

    /// An event.
    public init(time: Date, level: Logger.Level, process: String, message: String, metadata: Logger.Metadata = [:]) {
        self.time = time
        self.level = level
        self.process = process
        self.message = message
        self.metadata = metadata
    }

    /// The line in a form, without its end.
    public func text(as format: LogFormat) -> String {
        switch format {
        case .text:
            ([
                "\(timestamp) \(level) \(Quoted.flattened(process)): \(Quoted.flattened(message))"
            ] + pairs).joined(separator: " ")
        case .logfmt:
            ([
                "time=\(timestamp)", "at=\(level)", "process=\(Quoted.logfmt(process))", "msg=\(Quoted.logfmt(message))",
            ] + pairs).joined(separator: " ")
        case .json: json
        }
    }

    private var timestamp: String { time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }

    /// The metadata as `key=value`, in the order of the keys; what is nested has a dot in its key.
    private var pairs: [String] {
        Self.flat(metadata).map { "\(Quoted.key($0.name, besides: Self.logfmtNames))=\(Quoted.logfmt($0.value))" }
    }

    private static let logfmtNames: Set = ["time", "at", "process", "msg"]
    private static let jsonNames: Set = ["time", "level", "process", "message"]

    private static func flat(_ metadata: Logger.Metadata, under prefix: String = "") -> [(name: String, value: String)] {
        metadata.sorted { $0.key < $1.key }.flatMap { key, value -> [(name: String, value: String)] in
            if case .dictionary(let inner) = value, !inner.isEmpty { return flat(inner, under: "\(prefix)\(key).") }
            return [(prefix + key, "\(value)")]
        }
    }

    private var json: String {
        let own = [("time", timestamp), ("level", "\(level)"), ("process", process), ("message", message)]
        let fields =
            own.map { "\(Quoted.json($0)):\(Quoted.json($1))" }
            + metadata.sorted { $0.key < $1.key }.map { key, value in
                "\(Quoted.json(Self.jsonNames.contains(key) ? key + "_" : key)):\(Self.json(value))"
            }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func json(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .dictionary(let inner):
            "{" + inner.sorted { $0.key < $1.key }.map { "\(Quoted.json($0.key)):\(json($0.value))" }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(json).joined(separator: ",") + "]"
        case .string(let text): Quoted.json(text)
        case .stringConvertible(let value): Quoted.json(value.description)
        }
    }
}
