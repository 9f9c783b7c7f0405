import Foundation
import HTTPTransport
import HTTPTypes

/// What `/metrics` answered, read strictly by the rules of Prometheus' text format: whatever breaks one of them is an error.
///
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
struct MetricsPage: Sendable {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Types by family.
    private(set) var types: [String: String] = [:]
    /// Values by series: the name with its labels in the order of their names.
    private(set) var values: [String: Double] = [:]

    /// Fetches the page of a process on this machine.
    ///
    /// - Returns: nil while nobody answers.
    static func fetch(port: Int, token: String? = nil) async throws -> (status: Int, text: String)? {
        var request = TransferRequest(method: .get, url: "http://127.0.0.1:\(port)/metrics")
        if let token { request.headers = [.authorization: "Bearer \(token)"] }
        guard let answer = try? await HTTPClient(configuration: HTTPClientConfiguration(proxy: .none)).perform(request, maxBody: 1 << 20)
        else { return nil }
        if answer.status == 200, answer.headers[.contentType] != "text/plain; version=0.0.4; charset=utf-8" {
            throw Fault(description: "the media type \(answer.headers[.contentType] ?? "")")
        }
        return (answer.status, String(decoding: answer.bytes, as: UTF8.self))
    }

    init(_ text: String) throws {
        guard text.hasSuffix("\n") else { throw Fault(description: "the last line does not end") }
        var family = ""
        var described: Set<String> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if let help = line.wholeMatch(of: /# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .*/) {
                family = String(help.1)
                guard described.insert(family).inserted else { throw Fault(description: "a second HELP of \(family)") }
            } else if let type = line.wholeMatch(of: /# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)/) {
                guard String(type.1) == family, types[family] == nil else { throw Fault(description: "a TYPE out of place: \(line)") }
                types[family] = String(type.2)
            } else {
                try take(sample: line, of: family)
            }
        }
        try checkHistograms()
        for (series, value) in values where types[Self.name(series)] == "counter" && !(value >= 0) {
            throw Fault(description: "the counter \(series) is \(value)")
        }
    }

    /// The value of a series, written as the page has it but for the order of labels.
    subscript(series: String) -> Double? { values[series] }

    private static func name(_ series: String) -> String { String(series.prefix { $0 != "{" }) }

    private mutating func take(sample line: Substring, of family: String) throws {
        guard let match = line.wholeMatch(of: /([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([^ ]+)/) else {
            throw Fault(description: "not a sample: \(line)")
        }
        let name = String(match.1)
        let suffixes = types[family] == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
        guard types[family] != nil, suffixes.contains(where: { family + $0 == name }) else {
            throw Fault(description: "a sample outside of its family \(family): \(line)")
        }
        var labels: [(String, String)] = []
        if let text = match.2 {
            var rest = text
            while let label = rest.prefixMatch(of: /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\\\|\\"|\\n)*)"(?:,|$)/) {
                labels.append((String(label.1), String(label.2)))
                rest = rest[label.range.upperBound...]
            }
            guard rest.isEmpty, Set(labels.map(\.0)).count == labels.count else { throw Fault(description: "labels: \(line)") }
        }
        let number = String(match.3)
        guard let value = number == "+Inf" ? .infinity : Double(number) else { throw Fault(description: "not a number: \(line)") }
        let series = labels.isEmpty ? name : "\(name){\(labels.sorted { $0.0 < $1.0 }.map { "\($0)=\"\($1)\"" }.joined(separator: ","))}"
        guard values.updateValue(value, forKey: series) == nil else { throw Fault(description: "a second \(series)") }
    }

    /// Buckets grow with their bound, and the last holds everything.
    private func checkHistograms() throws {
        for (series, count) in values {
            let name = Self.name(series)
            guard name.hasSuffix("_count"), types[String(name.dropLast(6))] == "histogram" else { continue }
            let family = String(name.dropLast(6))
            let labels = series.dropFirst(name.count).dropFirst().dropLast()
            let buckets = values.compactMap { key, value -> (Double, Double)? in
                guard Self.name(key) == family + "_bucket", let bound = key.firstMatch(of: /le="([^"]*)"/) else { return nil }
                let others = key.dropFirst(family.count + 8).dropLast().replacing(/,?le="[^"]*"/, with: "").trimmingPrefix(",")
                guard others == labels else { return nil }
                return (bound.1 == "+Inf" ? .infinity : Double(bound.1) ?? .nan, value)
            }.sorted { $0.0 < $1.0 }
            guard buckets.last?.0 == .infinity, buckets.last?.1 == count, buckets.map(\.1) == buckets.map(\.1).sorted(),
                values[family + "_sum" + series.dropFirst(name.count)] != nil
            else { throw Fault(description: "the histogram \(series)") }
        }
    }
}
