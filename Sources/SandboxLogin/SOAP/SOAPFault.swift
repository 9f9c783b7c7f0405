package import HTTPTypes
import SandboxBytes
package import SandboxHTTP

/// A SOAP call that is refused, with the status 500 as SOAP wants it.
package struct SOAPFault: Error, Sendable {
    /// `sf:INVALID_LOGIN`, or `soapenv:Client` for what is no call at all.
    let faultCode: String
    package let message: String
    /// The element of the detail, its exception code and message; nil for what is no call at all.
    var detail: (element: String, code: String, message: String)?

    /// What is no call of the API.
    package static func client(_ message: String) -> SOAPFault { SOAPFault(faultCode: "soapenv:Client", message: message) }

    /// An error of the API.
    package static func api(_ code: String, _ message: String, element: String = "UnexpectedErrorFault") -> SOAPFault {
        SOAPFault(faultCode: "sf:\(code)", message: "\(code): \(message)", detail: (element, code, message))
    }

    package static let login = api(
        "INVALID_LOGIN", "Invalid username, password, security token; or user locked out.", element: "LoginFault")
    package static let session = api(
        "INVALID_SESSION_ID", "Invalid Session ID found in SessionHeader: Illegal Session. Session not found, missing session hash.")

    package static func retiredVersion(_ version: Int) -> SOAPFault {
        api("UNSUPPORTED_API_VERSION", "API version \(version).0 is retired and no longer available.")
    }

    /// Clients look for `<sf:exceptionCode>` by that very name.
    package func reply(_ api: SOAPAPI, status: HTTPResponse.Status = .internalServerError) -> Reply {
        var xml = XMLWriter(isIndented: false)
        xml.element("soapenv:Envelope", attributes: " xmlns:soapenv=\"\(XMLNames.envelope)\" xmlns:sf=\"\(api.faultNamespace)\"") { xml in
            xml.element("soapenv:Body") { xml in
                xml.element("soapenv:Fault") { xml in
                    xml.element("faultcode", faultCode)
                    xml.element("faultstring", message)
                    guard let detail else { return }
                    xml.element("detail") { xml in
                        let attributes = " xmlns:xsi=\"\(XMLNames.instance)\" xsi:type=\"sf:\(detail.element)\""
                        xml.element("sf:\(detail.element)", attributes: attributes) { xml in
                            xml.element("sf:exceptionCode", detail.code)
                            xml.element("sf:exceptionMessage", detail.message)
                        }
                    }
                }
            }
        }
        return .xml(xml, type: SOAPAPI.mediaType, status: status)
    }
}
