import Salesforce

/// The rows of a bulk job that writes, and what its results say of them. A value without I/O.
///
/// Bulk 2.0 leaves a field alone whose cell is empty, and clears one with `#N/A`.
struct IngestCSV: Sendable {
    private static let cleared = "#N/A"
    /// The most characters of a cell and of a row (Salesforce's limits of Bulk 2.0 are 131,072 and 400,000).
    private static let longestCell = 131_072
    private static let longestRow = 390_000

    /// The columns: `Id` where records are changed or deleted, then every field that one of the rows sends.
    let columns: [String]
    /// The upload.
    let bytes: [UInt8]
    /// Which requests a row stands for; equal rows may stand for several inserts.
    private var waiting: [String: [Int]] = [:]
    private let requests: [WriteRequest]

    /// Whether a request can be said in CSV. A text that is `#N/A` would clear the field; for a parent of one of several objects there is no
    /// column that every org takes.
    static func canSend(_ request: WriteRequest) -> Bool {
        var length = 0
        for field in request.fields {
            guard let text = text(field.value), text.utf16.count <= longestCell else { return false }
            length += text.utf16.count
        }
        return length <= longestRow
    }

    /// What a cell says before it is quoted; nil for a value that no cell can say.
    private static func text(_ value: FieldValue) -> String? {
        switch value {
        case .null, .string(""): cleared
        case .bool(let flag): flag ? "true" : "false"
        case .number(let text): text
        case .string(let text): text == cleared ? nil : text
        case .parentReference(_, _, .string(let text), nil): text.isEmpty || text == cleared ? nil : text
        case .parentReference: nil
        }
    }

    /// - Parameter requests: of one kind, all of which can be sent by CSV.
    init(_ requests: [WriteRequest]) {
        self.requests = requests
        var columns: [String] = requests.first?.recordID == nil ? [] : ["Id"]
        var places: [String: Int] = [:]
        for request in requests {
            for field in request.fields where places[Self.column(field)] == nil {
                places[Self.column(field)] = columns.count
                columns.append(Self.column(field))
            }
        }
        var bytes = Self.line(columns)
        for (index, request) in requests.enumerated() {
            var cells = [String](repeating: "", count: columns.count)
            if let id = request.sfid { cells[0] = id }
            for field in request.fields { cells[places[Self.column(field)] ?? 0] = Self.text(field.value) ?? "" }
            let line = Self.line(cells)
            bytes += line
            waiting[Self.key(cells, columns, line: line), default: []].append(index)
        }
        self.columns = columns
        self.bytes = bytes
    }

    /// Takes out the request that a row of a result is about.
    ///
    /// - Parameters:
    ///   - header: the result's columns.
    ///   - cells: the row's.
    mutating func take(_ header: [String], _ cells: [String]) -> WriteRequest? {
        let found = Dictionary(zip(header, cells)) { one, _ in one }
        let sent = columns.map { found[$0] ?? "" }
        let key = Self.key(sent, columns, line: columns.first == "Id" ? [] : Self.line(sent))
        guard let index = waiting[key]?.popLast() else { return nil }
        if waiting[key]?.isEmpty ?? false { waiting[key] = nil }
        return requests[index]
    }

    /// Requests of which no result has told, in their order.
    var left: [WriteRequest] { waiting.values.joined().sorted().map { requests[$0] } }

    /// Records are known by their ids, new ones by all of their values: those of equal rows may change places.
    private static func key(_ cells: [String], _ columns: [String], line: [UInt8]) -> String {
        columns.first == "Id" ? String(cells[0].prefix(15)) : String(decoding: line, as: UTF8.self)
    }

    private static func column(_ field: RecordWrite.Field) -> String {
        if case .parentReference(let relationship, let externalField, _, _) = field.value { return "\(relationship).\(externalField)" }
        return field.name
    }

    private static func line(_ cells: [String]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            guard !cell.isEmpty else { continue }
            bytes.append(UInt8(ascii: "\""))
            for byte in cell.utf8 {
                if byte == UInt8(ascii: "\"") { bytes.append(byte) }
                bytes.append(byte)
            }
            bytes.append(UInt8(ascii: "\""))
        }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }
}
