import NIOCore
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// Encodes what became of an ingest job's rows, with the header names as they were uploaded.
struct IngestResultRows: ChunkSource {
    enum Kind: Sendable {
        case successful, failed, unprocessed
    }

    private static let chunkBytes = 128 * 1024

    let job: BulkIngestJob
    let kind: Kind
    private var position = 0
    private var wroteHeader = false

    init(job: BulkIngestJob, kind: Kind) {
        self.job = job
        self.kind = kind
    }

    private var count: Int { kind == .unprocessed ? job.unprocessed.count : job.outcomes.count }

    mutating func next() -> ByteBuffer? {
        guard !wroteHeader || position < count else { return nil }
        var writer = ByteWriter(capacity: Self.chunkBytes + 16_384)
        if !wroteHeader {
            let own: [String] =
                switch kind {
                case .successful: ["sf__Id", "sf__Created"]
                case .failed: ["sf__Id", "sf__Error"]
                case .unprocessed: []
                }
            writeHeader(own, to: &writer)
            wroteHeader = true
        }
        while position < count, writer.count < Self.chunkBytes {
            if kind == .unprocessed {
                write(job.unprocessed[position], to: &writer)
            } else {
                let outcome = job.outcomes[position]
                if kind == .successful, outcome.error == nil {
                    write([outcome.id, outcome.created ? "true" : "false"] + outcome.cells, to: &writer)
                } else if kind == .failed, let error = outcome.error {
                    write([outcome.id, error] + outcome.cells, to: &writer)
                }
            }
            position += 1
        }
        return writer.makeBuffer()
    }

    /// Of failed rows, the uploaded names come as they were sent, and only the job's own are quoted.
    private func writeHeader(_ own: [String], to writer: inout ByteWriter) {
        guard kind == .failed else { return write(own + job.header, to: &writer) }
        let delimiter = String(UnicodeScalar(job.dialect.delimiter))
        writer.append(string: (own.map { "\"\($0)\"" } + job.header).joined(separator: delimiter))
        job.dialect.endLine(&writer)
    }

    private func write(_ row: [String], to writer: inout ByteWriter) {
        for (index, cell) in row.enumerated() {
            if index > 0 { writer.append(job.dialect.delimiter) }
            writer.append(0x22)
            let start = writer.count
            writer.append(string: cell)
            writer.closeText(.bulkCSV, escapingFrom: start)
        }
        job.dialect.endLine(&writer)
    }
}
