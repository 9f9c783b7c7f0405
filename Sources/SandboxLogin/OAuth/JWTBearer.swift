import Foundation
import SandboxBytes
import SandboxStore

/// Checks the assertion of the JWT bearer flow: RS256 by the certificate that was registered for the connected app.
struct JWTBearer {
    /// `error` and `error_description`, as Salesforce has them.
    struct Refusal: Error, Equatable {
        let error: String
        let description: String
    }

    let key: PublicKey?
    let now: Int64
    let instanceURL: String

    /// Seconds that an assertion may be over, as CumulusCI's is, which sends the current second.
    private static let leeway = 120.0

    func check(_ assertion: String) throws(Refusal) {
        let invalid = Refusal(error: "invalid_grant", description: "invalid assertion")
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let header = Self.json(parts[0]), let claims = Self.json(parts[1]), let signature = Self.bytes(parts[2]),
            header["alg"]?.string == "RS256"
        else { throw invalid }
        guard claims["iss"]?.string == SandboxCredentials.clientID else {
            throw Refusal(error: "invalid_client_id", description: "client identifier invalid")
        }
        guard let key, key.verifies(signature, of: Array("\(parts[0]).\(parts[1])".utf8)) else { throw invalid }
        // The org's own https address is one as well, wherever it listens.
        let hosts = [
            "https://login.salesforce.com", "https://test.salesforce.com", instanceURL, "https://" + (URL(string: instanceURL)?.host ?? ""),
        ]
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? [claims["aud"]?.string ?? ""]
        guard
            audiences.contains(where: { audience in
                hosts.contains { audience == $0 || audience.hasPrefix($0 + "/") || audience.hasPrefix($0 + ":") }
            })
        else { throw Refusal(error: "invalid_grant", description: "audience is invalid") }
        guard claims["sub"]?.string == SandboxCredentials.username || claims["prn"]?.string == SandboxCredentials.username else {
            throw Refusal(error: "invalid_grant", description: "user hasn't approved this consumer")
        }
        // Some clients send the time as a text.
        let expiry: Double? =
            switch claims["exp"] {
            case .number(let number, _): number
            case .string(let text): Double(text)
            default: nil
            }
        guard let expiry, expiry > Double(now) - Self.leeway, expiry <= Double(now) + 600 else {
            throw Refusal(error: "invalid_grant", description: "expired authorization code")
        }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)).map(Array.init)
    }

    private static func json(_ text: String) -> JSON? {
        guard let bytes = bytes(text), let json = try? JSONParser.parse(bytes), json.members != nil else { return nil }
        return json
    }
}
