import Foundation
import LogLines
import Logging
import Synchronization
import Testing

@Suite("A log line")
struct LogLineTests {
    private static func line(_ message: String, _ metadata: Logger.Metadata = [:]) -> LogLine {
        LogLine(time: Date(timeIntervalSince1970: 1_700_000_000.125), level: .info, process: "worker", message: message, metadata: metadata)
    }

    @Test("reads as people, Heroku's router and programs write it")
    func forms() {
        let line = Self.line("A job ended", ["job": "17", "connection": "5af1", "error": "no such \"thing\""])
        #expect(
            line.text(as: .text)
                == #"2023-11-14T22:13:20.125Z info worker: A job ended connection=5af1 error="no such \"thing\"" job=17"#)
        #expect(
            line.text(as: .logfmt)
                == #"time=2023-11-14T22:13:20.125Z at=info process=worker msg="A job ended" connection=5af1 error="no such \"thing\"" job=17"#
        )
        #expect(
            line.text(as: .json)
                == #"{"time":"2023-11-14T22:13:20.125Z","level":"info","process":"worker","message":"A job ended","connection":"5af1","error":"no such \"thing\"","job":"17"}"#
        )
    }

    @Test(
        "stays one line, and its keys its own, whatever a text holds",
        arguments: [
            "\n", "a\nlevel=error", "\r\n", "\t", "\u{0}", "\u{1b}[31m", "\u{7f}", "\u{85}", "\u{2028}", "\u{202e}", "\"", "\\", "\\n",
            "a=b",
            "", " ", "é 漢字 🙂", "{\"job\":1}",
        ], LogFormat.allCases)
    func hostileTexts(_ text: String, _ format: LogFormat) throws {
        let line = Self.line(text, ["value": "\(text)", "nested": ["inner": "\(text)"], "list": ["\(text)", "x"], "\(text)": "key"])
            .text(as: format)
        let ends = CharacterSet.newlines.union(.controlCharacters).subtracting(CharacterSet(charactersIn: "\u{200d}"))
        #expect(line.rangeOfCharacter(from: ends) == nil)
        switch format {
        case .json:
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(object["message"] as? String == text)
            #expect(object["value"] as? String == text)
            #expect((object["nested"] as? [String: String])?["inner"] == text)
            #expect((object["list"] as? [String])?.first == text)
        case .logfmt:
            let pairs = try #require(Self.parsed(line))
            #expect(pairs.map(\.key).prefix(4) == ["time", "at", "process", "msg"])
            #expect(pairs.first { $0.key == "value" }?.value == pairs.first { $0.key == "nested.inner" }?.value)
            #expect(pairs.count == 8)
        case .text: break
        }
    }

    @Test("keeps its own names apart from those of an event")
    func ownNames() throws {
        let metadata: Logger.Metadata = ["time": "t", "level": "l", "at": "a", "process": "p", "msg": "m", "message": "n"]
        let logfmt = try #require(Self.parsed(Self.line("x", metadata).text(as: .logfmt)))
        #expect(Set(logfmt.map(\.key)).count == logfmt.count)
        let json = Self.line("x", metadata).text(as: .json)
        #expect(json.contains(#""message":"x""#) && json.contains(#""message_":"n""#) && json.contains(#""level_":"l""#))
    }

    @Test("takes what the logger, the task and the event are about, the nearest last")
    func metadata() {
        let lines = Mutex<[String]>([])
        var logger = Logger(label: "any") { _ in
            LineLogHandler(process: "api", format: .logfmt, level: .notice) { line in lines.withLock { $0.append(line) } }
        }
        logger[metadataKey: "connection"] = "outer"
        logger[metadataKey: "mapping"] = "m"
        logger.info("not severe enough")
        logger.warning("seen", metadata: ["connection": "inner"])
        let seen = lines.withLock { $0 }
        #expect(seen.count == 1)
        #expect(seen.first?.hasSuffix("at=warning process=api msg=seen connection=inner mapping=m\n") == true)
    }

    /// The pairs of a line of logfmt, as its readers split it; nil where it is none.
    private static func parsed(_ line: String) -> [(key: String, value: String)]? {
        var pairs: [(key: String, value: String)] = []
        var rest = Substring(line)
        while !rest.isEmpty {
            guard let match = rest.prefixMatch(of: #/([^ ="]+)=("(?:[^"\\]|\\.)*"|[^ ="]*)(?: |$)/#) else { return nil }
            pairs.append((String(match.1), String(match.2)))
            rest = rest[match.range.upperBound...]
        }
        return pairs
    }
}
