package import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
import SandboxQuery
import SandboxStore

/// A document of Bulk 1.0 that tells about something: in XML in the order of the fields, in JSON by their names, as recorded.
package struct AsyncInfo: Sendable {
    package enum Value: Sendable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case version(Int)
        /// Seconds since 1970.
        case time(Int64)
        /// Null in JSON, and nowhere in XML.
        case absent
        /// Something that only JSON has.
        indirect case inJSON(Value)
    }

    /// The element of XML.
    package let name: String
    package let fields: [(name: String, value: Value)]

    package static let namespace = "\n   xmlns=\"\(XMLNames.dataload)\""

    package func reply(_ format: AsyncFormat, status: HTTPResponse.Status = .ok, location: String? = nil) -> Reply {
        var reply: Reply
        switch format {
        case .xml:
            var xml = XMLWriter(isIndented: true)
            write(&xml, attributes: Self.namespace)
            reply = .xml(xml, status: status)
        case .json:
            var json = JSONWriter()
            write(&json)
            reply = .json(json, status: status)
            reply.headers[.contentType] = format.mediaType
        }
        if let location { reply.headers[.location] = location }
        return reply
    }

    /// `batchInfoList`
    package static func list(_ infos: [AsyncInfo], name: String, item: String, _ format: AsyncFormat) -> Reply {
        switch format {
        case .xml:
            var xml = XMLWriter(isIndented: true, capacity: 4096)
            xml.element(name, attributes: namespace) { xml in
                for info in infos { info.write(&xml) }
            }
            return .xml(xml)
        case .json:
            var json = JSONWriter(capacity: 4096)
            json.object { json in
                json.fieldArray(item) { json in
                    for info in infos { info.write(&json) }
                }
            }
            var reply = Reply.json(json)
            reply.headers[.contentType] = format.mediaType
            return reply
        }
    }

    private func write(_ xml: inout XMLWriter, attributes: String = "") {
        xml.element(name, attributes: attributes) { xml in
            for (name, value) in fields {
                switch value {
                case .text(let text): xml.element(name, text)
                case .number(let number): xml.element(name, String(number))
                case .flag(let flag): xml.element(name, flag)
                case .version(let version): xml.element(name, "\(version).0")
                case .time(let seconds): xml.element(name, CivilTime.zuluText(seconds))
                case .absent, .inJSON: break
                }
            }
        }
    }

    private func write(_ json: inout JSONWriter) {
        json.object { json in
            for (name, value) in fields.sorted(by: { $0.name < $1.name }) {
                json.key(name)
                Self.write(value, &json)
            }
        }
    }

    private static func write(_ value: Value, _ json: inout JSONWriter) {
        switch value {
        case .text(let text): json.value(text)
        case .number(let number): json.value(number)
        case .flag(let flag): json.value(flag)
        case .version(let version):
            json.raw { bytes in
                bytes.append(version, width: 1)
                bytes.append(".0" as StaticString)
            }
        case .time(let seconds): json.value(CivilTime.restText(seconds))
        case .absent: json.null()
        case .inJSON(let value): write(value, &json)
        }
    }
}
