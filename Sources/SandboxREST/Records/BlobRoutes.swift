import HTTPTypes
import NIOCore
import SandboxBytes
package import SandboxData
package import SandboxHTTP
package import SandboxStore

/// `/sobjects/X/Id/Field` of a base64 field: the bytes themselves.
package struct BlobRoutes: Sendable {
    package let org: Org

    package init(org: Org) {
        self.org = org
    }

    /// Nil when the path leads to no such field.
    package func respond(_ object: ObjectSchema, _ call: APICall) throws(OrgError) -> Reply? {
        guard let field = object.field(call.segment(3)), field.type == .base64, let id = org.schema.recordID(call.segment(2)),
            id.object == object.index
        else { return nil }
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET,HEAD") }
        guard org.read({ $0.tables[id.object].isLive(id.row) }) else { throw .notFound }
        guard case .text(let text) = org.snapshot().stores[id.object].value(id.row, field) else { return .noContent }
        return Reply(
            status: .ok, headers: [.contentType: "application/octetstream"],
            body: .bytes(ByteBuffer(bytes: Base64Text.bytes(text) ?? [])))
    }
}
