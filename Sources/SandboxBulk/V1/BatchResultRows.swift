import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// Encodes what became of a batch's rows, in their order, a chunk at a time.
struct BatchResultRows: ChunkSource {
    private static let chunkBytes = 64 * 1024

    let results: [SaveResult]
    let contentType: AsyncContentType
    let schema: OrgSchema
    private var position = 0
    private var isDone = false

    init(results: [SaveResult], contentType: AsyncContentType, schema: OrgSchema) {
        self.results = results
        self.contentType = contentType
        self.schema = schema
    }

    mutating func next() -> ByteBuffer? {
        guard !isDone else { return nil }
        isDone = results.isEmpty
        switch contentType {
        case .csv: return csv()
        case .json: return json()
        case .xml: return xml()
        }
    }

    /// Nil for a row that failed, even where it named a record.
    private func id(_ result: SaveResult) -> String? { result.isSuccess ? result.id.map(schema.text(of:)) : nil }

    private mutating func take() -> SaveResult? {
        guard position < results.count else { return nil }
        position += 1
        isDone = position == results.count
        return results[position - 1]
    }

    private mutating func csv() -> ByteBuffer {
        var writer = ByteWriter(capacity: Self.chunkBytes + 4096)
        if position == 0 { writer.append("\"Id\",\"Success\",\"Created\",\"Error\"\n" as StaticString) }
        while writer.count < Self.chunkBytes, let result = take() {
            let cells = [
                id(result) ?? "", result.isSuccess ? "true" : "false", result.created ?? false ? "true" : "false",
                result.error?.bulkText ?? "",
            ]
            for (index, cell) in cells.enumerated() {
                if index > 0 { writer.append(UInt8(ascii: ",")) }
                writer.append(.text(cell), prefixes: [], style: .bulkCSV)
            }
            writer.append(0x0A)
        }
        return writer.makeBuffer()
    }

    private mutating func json() -> ByteBuffer {
        var writer = ByteWriter(capacity: Self.chunkBytes + 4096)
        if position == 0 { writer.append(UInt8(ascii: "[")) }
        while writer.count < Self.chunkBytes, let result = take() {
            if position > 1 { writer.append(UInt8(ascii: ",")) }
            var json = JSONWriter(capacity: 512)
            json.object { json in
                json.field("success", result.isSuccess)
                json.field("created", result.created ?? false)
                json.field("id", id(result))
                json.fieldArray("errors") { json in
                    for error in result.error?.all ?? [] {
                        json.object { json in
                            json.field("message", error.message)
                            json.fieldArray("fields") { json in
                                for field in error.fields { json.value(field) }
                            }
                            json.field("statusCode", error.code)
                            json.fieldNull("extendedErrorDetails")
                        }
                    }
                }
            }
            writer.append(json.bytes.bytes)
        }
        if isDone { writer.append(UInt8(ascii: "]")) }
        return writer.makeBuffer()
    }

    private mutating func xml() -> ByteBuffer {
        var xml = XMLWriter(fragmentOfCapacity: Self.chunkBytes + 4096)
        if position == 0 { xml.bytes.append(string: "\(XMLWriter.declaration)<results\(AsyncInfo.namespace)>") }
        while xml.bytes.count < Self.chunkBytes, let result = take() {
            let id = id(result)
            xml.element("result") { xml in
                for error in result.error?.all ?? [] {
                    xml.element("errors") { xml in
                        for field in error.fields { xml.element("fields", field) }
                        xml.element("message", error.message)
                        xml.element("statusCode", error.code)
                    }
                }
                if let id { xml.element("id", id) }
                xml.element("success", result.isSuccess)
                xml.element("created", result.created ?? false)
            }
        }
        if isDone { xml.bytes.append("\n</results>" as StaticString) }
        return xml.bytes.makeBuffer()
    }
}
