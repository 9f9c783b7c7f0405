/// Log lines on standard error: one line an event, whatever the event holds, in a form that people or programs read.
///
/// `LogFormat` names the forms, `LogLine` makes one of an event, and `LineLogHandler` is the backend of swift-log that writes them.
/// The names of what an event is about are the same everywhere: `connection` and `mapping` are ids, `job` a job's number, `kind` its kind,
/// `worker` a process's name in `sluice.workers`, `error` what went wrong.
public enum LogFormat: String, Sendable, CaseIterable {
    /// For people: time, level, process, message, and then `key=value`.
    case text
    /// `key=value` alone, as Heroku's router and its platform's logs are written; `at` is the level, `msg` the message.
    case logfmt
    /// A JSON object a line.
    case json
}
