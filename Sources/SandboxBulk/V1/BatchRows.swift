import SandboxBytes
import SandboxData
import SandboxStore

/// Why a batch fails as a whole, as its stateMessage has it.
struct BatchFailure: Error, Sendable {
    let message: String

    init(_ message: String) { self.message = "InvalidBatch : \(message)" }
}

/// Reads the rows of a batch in the job's content type.
struct BatchRows: Sendable {
    private static let maximumRows = 10_000

    let job: AsyncJob
    let operation: BulkIngestJob.Operation
    let schema: OrgSchema

    func read(_ body: [UInt8]) throws(BatchFailure) -> [IngestRow] {
        let rows =
            switch job.contentType {
            case .csv: try csv(body)
            case .json: try json(body)
            case .xml: try xml(body)
            }
        guard !rows.isEmpty else { throw BatchFailure("Records not found") }
        guard rows.count <= Self.maximumRows else {
            throw BatchFailure("The batch has \(rows.count) records, the maximum is \(Self.maximumRows)")
        }
        return rows
    }

    private func csv(_ body: [UInt8]) throws(BatchFailure) -> [IngestRow] {
        // Lines may end either way, as long as all of them do.
        let firstEnd = body.firstIndex(of: 0x0A) ?? 0
        let isCRLF = firstEnd > 0 && body[firstEnd - 1] == 0x0D
        var reader = CSVReader(bytes: body, dialect: CSVDialect(lineEnding: isCRLF ? "CRLF" : "LF"))
        guard let header = try next(&reader) else { return [] }
        let columns = try columns(header)
        var rows: [IngestRow] = []
        while let cells = try next(&reader) {
            guard cells.count == columns.count else {
                throw BatchFailure("Failed to parse CSV. Row \(rows.count + 1) has \(cells.count) columns, the header has \(columns.count)")
            }
            rows.append(IngestColumn.row(cells, columns, key: job.externalIDField))
        }
        return rows
    }

    private func next(_ reader: inout CSVReader) throws(BatchFailure) -> [String]? {
        do throws(CSVError) { return try reader.next() } catch { throw BatchFailure("Failed to parse CSV. \(error.message)") }
    }

    private func columns(_ header: [String]) throws(BatchFailure) -> [IngestColumn] {
        do throws(CSVError) {
            return try IngestColumn.columns(of: header, object: job.object, operation: operation, key: job.externalIDField, schema: schema)
        } catch {
            // It has the code in its text already.
            throw BatchFailure(String(error.message.trimmingPrefix("InvalidBatch : ")))
        }
    }

    private func json(_ body: [UInt8]) throws(BatchFailure) -> [IngestRow] {
        let document: JSON
        do throws(JSONError) { document = try JSONParser.parse(body) } catch {
            throw BatchFailure("Failed to parse JSON. \(error.message) at [line:\(error.line), column:\(error.column)]")
        }
        guard let list = document.array else { throw BatchFailure("Failed to parse JSON. A list of records is expected") }
        var rows: [IngestRow] = []
        rows.reserveCapacity(list.count)
        for record in list {
            guard let members = record.members else { throw BatchFailure("Failed to parse JSON. A record must be an object") }
            rows.append(try row(members.filter { $0.key != "attributes" }.map { JSON.Member(key: $0.key, value: plain($0)) }))
        }
        return rows
    }

    /// Times may come as they are given out: in milliseconds.
    private func plain(_ member: JSON.Member) -> JSON {
        guard let milliseconds = member.value.int, let type = job.object.field(member.key)?.type, type == .datetime || type == .date else {
            return member.value
        }
        let text = CivilTime.restText(Int64(milliseconds / 1000))
        return .string(type == .date ? String(text.prefix(10)) : text)
    }

    private func xml(_ body: [UInt8]) throws(BatchFailure) -> [IngestRow] {
        let root: XMLElement
        do throws(XMLError) { root = try XMLReader.read(body) } catch {
            throw BatchFailure("Failed to parse XML. \(error.message) at line \(error.line)")
        }
        guard root.name == "sObjects" else { throw BatchFailure("Failed to parse XML. Found '\(root.name)' where sObjects was expected") }
        var rows: [IngestRow] = []
        for record in root.children {
            guard record.name == "sObject" else {
                throw BatchFailure("Failed to parse XML. Found '\(record.name)' where sObject was expected")
            }
            rows.append(try row(members(record)))
        }
        return rows
    }

    private func members(_ record: XMLElement) -> [JSON.Member] {
        record.children.map { child in
            if child.isNil { return JSON.Member(key: child.name, value: .null) }
            if let parent = child["sObject"] { return JSON.Member(key: child.name, value: .object(members(parent))) }
            let field = job.object.field(child.name)
            return field.flatMap { IngestColumn(field: $0, parentKey: nil).member(child.text) }
                ?? JSON.Member(key: child.name, value: .string(child.text))
        }
    }

    /// Tells the record's id and external id from its other members, each of which must be a field or a parent.
    private func row(_ members: [JSON.Member]) throws(BatchFailure) -> IngestRow {
        var row = IngestRow()
        row.members.reserveCapacity(members.count)
        for member in members {
            guard let field = job.object.field(member.key) ?? job.object.relationship(member.key) else {
                throw BatchFailure("Field name not found : \(member.key)")
            }
            if field === job.externalIDField { row.key = member.value }
            if field.type == .id { row.id = member.value.string } else { row.members.append(member) }
        }
        return row
    }
}
