import Foundation
public import Logging

/// Writes events to standard error, a line each, at once and whole.
public struct LineLogHandler: LogHandler {
    /// Least severe events that are written.
    public var logLevel: Logger.Level
    /// What every event of the logger is about.
    public var metadata: Logger.Metadata = [:]
    /// What the task at hand adds.
    public var metadataProvider: Logger.MetadataProvider?
    private let process: String
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    /// A handler.
    ///
    /// - Parameters:
    ///   - process: which process tells, such as `worker`.
    ///   - write: takes a line with its end; standard error when not given.
    public init(
        process: String, format: LogFormat, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = LineLogHandler.toStandardError
    ) {
        self.process = process
        self.format = format
        self.write = write
        logLevel = level
    }

    /// A value of the logger's metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes an event.
    public func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let given = event.metadata { all.merge(given) { $1 } }
        if let error = event.error, all["error"] == nil { all["error"] = "\(error)" }
        let line = LogLine(time: Date(), level: event.level, process: process, message: event.message.description, metadata: all)
        write(line.text(as: format) + "\n")
    }

    /// One call to the system a line, so that lines of several threads and processes do not mix. Not through a file handle: it would end the
    /// process with a signal when nobody reads.
    public static func toStandardError(_ line: String) {
        var line = line
        line.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let written = Foundation.write(STDERR_FILENO, rest.baseAddress, rest.count)
                if written < 0 && errno == EINTR { continue }
                // Nobody reads: the process goes on.
                guard written > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
        }
    }
}
