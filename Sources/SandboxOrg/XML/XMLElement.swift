/// An element of a parsed XML document, with its names resolved to namespaces.
struct XMLElement: Sendable, Equatable {
    struct Attribute: Sendable, Equatable {
        /// Without a prefix.
        let name: String
        /// Empty for names without a prefix.
        let namespace: String
        let value: String
    }

    /// Without a prefix.
    let name: String
    /// Empty when none is in force.
    let namespace: String
    var attributes: [Attribute] = []
    var children: [XMLElement] = []
    /// All character data directly inside, untrimmed.
    var text = ""

    subscript(_ child: String) -> XMLElement? { children.first { $0.name == child } }

    /// `xsi:nil="true"`
    var isNil: Bool { attributes.contains { $0.name == "nil" && $0.namespace == XMLNames.instance && ["true", "1"].contains($0.value) } }
}

/// A text is no well-formed XML, or more of it than the org reads.
struct XMLError: Error, Sendable, Equatable {
    let message: String
    let line: Int
}

/// The namespaces of Salesforce's documents.
enum XMLNames {
    static let instance = "http://www.w3.org/2001/XMLSchema-instance"
    static let dataload = "http://www.force.com/2009/06/asyncapi/dataload"
    static let envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    static let partner = "urn:partner.soap.sforce.com"
    static let enterprise = "urn:enterprise.soap.sforce.com"
    static let fault = "urn:fault.partner.soap.sforce.com"
    static let enterpriseFault = "urn:fault.enterprise.soap.sforce.com"
}
