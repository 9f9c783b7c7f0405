import SandboxBytes

/// The two SOAP APIs, which differ in their namespaces alone as far as logins go.
package enum SOAPAPI: String, Sendable {
    case partner = "u"
    case enterprise = "c"

    package static let mediaType = "text/xml;charset=UTF-8"

    package var namespace: String { self == .partner ? XMLNames.partner : XMLNames.enterprise }
    var faultNamespace: String { self == .partner ? XMLNames.fault : XMLNames.enterpriseFault }
}
