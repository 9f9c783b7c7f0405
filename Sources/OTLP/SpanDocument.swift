import Foundation
import Tracing

/// Spans as OTLP's JSON has them: ids in hexadecimal digits, 64-bit numbers as strings, kinds and codes as numbers.
///
/// https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
struct SpanDocument: Encodable {
    private let resourceSpans: [ResourceSpans]

    private struct ResourceSpans: Encodable {
        let resource: Resource
        let scopeSpans: [ScopeSpans]
    }

    private struct Resource: Encodable {
        let attributes: [Attribute]
    }

    private struct ScopeSpans: Encodable {
        struct Scope: Encodable {
            let name: String
            let version: String
        }
        let scope: Scope
        let spans: [Span]
    }

    private struct Span: Encodable {
        struct Event: Encodable {
            let timeUnixNano: String
            let name: String
            let attributes: [Attribute]
        }
        struct Link: Encodable {
            let traceId: String
            let spanId: String
        }
        struct Status: Encodable {
            let code: Int
            let message: String?
        }
        let traceId: String
        let spanId: String
        let parentSpanId: String?
        let name: String
        let kind: Int
        let startTimeUnixNano: String
        let endTimeUnixNano: String
        let attributes: [Attribute]
        let events: [Event]
        let links: [Link]
        let status: Status
    }

    private struct Attribute: Encodable {
        struct Value: Encodable {
            var stringValue: String?
            var intValue: String?
            var doubleValue: Double?
            var boolValue: Bool?
        }
        let key: String
        let value: Value

        init(_ key: String, _ attribute: SpanAttribute) {
            self.key = key
            value =
                switch attribute {
                case .int32(let number): Value(intValue: "\(number)")
                case .int64(let number): Value(intValue: "\(number)")
                case .double(let number) where number.isFinite: Value(doubleValue: number)
                case .bool(let isTrue): Value(boolValue: isTrue)
                case .string(let text): Value(stringValue: text)
                case .stringConvertible(let value): Value(stringValue: value.description)
                default: Value(stringValue: "\(attribute)")
                }
        }
    }

    /// - Parameters:
    ///   - resource: what is true of all of them, such as `service.name`.
    ///   - version: the release that made them.
    init(_ spans: [FinishedSpan], resource: [String: String], version: String) {
        resourceSpans = [
            ResourceSpans(
                resource: Resource(attributes: resource.sorted { $0.key < $1.key }.map { Attribute($0.key, .string($0.value)) }),
                scopeSpans: [ScopeSpans(scope: .init(name: "sluice", version: version), spans: spans.map(Self.span))])
        ]
    }

    private static func span(_ span: FinishedSpan) -> Span {
        Span(
            traceId: span.identity.traceID, spanId: span.identity.spanID, parentSpanId: span.parentSpanID, name: span.name,
            kind: kind(span.kind), startTimeUnixNano: "\(span.start)", endTimeUnixNano: "\(span.end)",
            attributes: attributes(span.attributes),
            events: span.events.map { event in
                var attributes: [String: SpanAttribute] = [:]
                event.attributes.forEach { attributes[$0] = $1 }
                return .init(timeUnixNano: "\(event.nanosecondsSinceEpoch)", name: event.name, attributes: Self.attributes(attributes))
            },
            links: span.links.map { .init(traceId: $0.traceID, spanId: $0.spanID) },
            status: span.status.map { .init(code: $0.code == .ok ? 1 : 2, message: $0.message) } ?? .init(code: 0, message: nil))
    }

    private static func attributes(_ attributes: [String: SpanAttribute]) -> [Attribute] {
        attributes.sorted { $0.key < $1.key }.map { Attribute($0.key, $0.value) }
    }

    private static func kind(_ kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }
}
