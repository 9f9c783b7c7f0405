/// The two SOAP APIs, which differ in their namespaces alone as far as logins go.
enum SOAPAPI: String, Sendable {
    case partner = "u"
    case enterprise = "c"

    static let mediaType = "text/xml;charset=UTF-8"

    var namespace: String { self == .partner ? XMLNames.partner : XMLNames.enterprise }
    var faultNamespace: String { self == .partner ? XMLNames.fault : XMLNames.enterpriseFault }
}
