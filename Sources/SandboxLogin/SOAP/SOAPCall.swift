import SandboxBytes
import SandboxStore

/// A SOAP request: the operation inside the body, and the session of the header.
struct SOAPCall: Sendable {
    let operation: XMLElement
    let sessionID: String?

    init(_ body: [UInt8]) throws(SOAPFault) {
        let root: XMLElement
        do throws(XMLError) { root = try XMLReader.read(body) } catch {
            throw .client("\(error.message) at line \(error.line)")
        }
        guard root.name == "Envelope", root.namespace == XMLNames.envelope else {
            throw .client("Found '\(root.name)' where an Envelope of \(XMLNames.envelope) was expected")
        }
        guard let body = root["Body"], body.namespace == XMLNames.envelope else { throw .client("The Envelope has no Body") }
        guard let operation = body.children.first else { throw .client("The Body has no operation") }
        self.operation = operation
        sessionID = root["Header"]?["SessionHeader"]?["sessionId"]?.text
    }

    func text(_ name: String) -> String { operation[name]?.text ?? "" }
}
