/// An element of a parsed XML document, with its names resolved to namespaces.
package struct XMLElement: Sendable, Equatable {
    package struct Attribute: Sendable, Equatable {
        /// Without a prefix.
        package let name: String
        /// Empty for names without a prefix.
        package let namespace: String
        package let value: String
    }

    /// Without a prefix.
    package let name: String
    /// Empty when none is in force.
    package let namespace: String
    package var attributes: [Attribute] = []
    package var children: [XMLElement] = []
    /// All character data directly inside, untrimmed.
    package var text = ""

    package subscript(_ child: String) -> XMLElement? { children.first { $0.name == child } }

    /// `xsi:nil="true"`
    package var isNil: Bool {
        attributes.contains { $0.name == "nil" && $0.namespace == XMLNames.instance && ["true", "1"].contains($0.value) }
    }
}

/// A text is no well-formed XML, or more of it than the org reads.
package struct XMLError: Error, Sendable, Equatable {
    package let message: String
    package let line: Int
}

/// The namespaces of Salesforce's documents.
package enum XMLNames {
    package static let instance = "http://www.w3.org/2001/XMLSchema-instance"
    package static let dataload = "http://www.force.com/2009/06/asyncapi/dataload"
    package static let envelope = "http://schemas.xmlsoap.org/soap/envelope/"
    package static let partner = "urn:partner.soap.sforce.com"
    package static let enterprise = "urn:enterprise.soap.sforce.com"
    package static let fault = "urn:fault.partner.soap.sforce.com"
    package static let enterpriseFault = "urn:fault.enterprise.soap.sforce.com"
}
