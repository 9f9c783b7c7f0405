public import HTTPTransport

/// What an operator allows and provides for outlets.
public struct OutletConfiguration: Sendable {
    /// Which addresses may be told.
    public let addresses: AddressPolicy
    /// How mail is sent; nil where it is not.
    public let mail: MailServer?
    /// The address that mail comes from.
    public let sender: String
    /// A PEM file of certificates to trust instead of the system's.
    public let caFile: String?
    /// How people reach the API, for links in mails.
    public let publicURL: String?

    /// What an operator allows; with nothing, public addresses are told, and no mail is sent.
    public init(
        addresses: AddressPolicy = AddressPolicy(), mail: MailServer? = nil, sender: String = "", caFile: String? = nil,
        publicURL: String? = nil
    ) {
        self.addresses = addresses
        self.mail = mail
        self.sender = sender
        self.caFile = caFile
        self.publicURL = publicURL
    }

    /// What is wrong with a variable.
    public struct Fault: Error, Sendable, CustomStringConvertible {
        /// Names the variable and what was expected.
        public let description: String
    }

    /// Reads the environment: `SLUICE_ALLOWED_NETWORKS`, `SLUICE_SMTP_URL`, `SLUICE_SMTP_USER`, `SLUICE_SMTP_PASSWORD`, `SLUICE_MAIL_FROM`, `SLUICE_CA_FILE`,
    /// `SLUICE_PUBLIC_URL`.
    ///
    /// - Throws: `Fault`.
    public init(environment: [String: String]) throws {
        func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let networks = try (value("SLUICE_ALLOWED_NETWORKS") ?? "").split(separator: ",").map { part in
            let text = part.filter { $0 != " " }
            guard let network = Network(text) else {
                throw Fault(
                    description: "SLUICE_ALLOWED_NETWORKS: expected networks such as 10.0.0.0/8, separated by commas, found \"\(text)\"")
            }
            return network
        }
        addresses = AddressPolicy(allowed: networks)
        caFile = value("SLUICE_CA_FILE")
        publicURL = value("SLUICE_PUBLIC_URL").map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        guard let url = value("SLUICE_SMTP_URL") else {
            mail = nil
            sender = ""
            return
        }
        guard url.hasPrefix("smtp://") || url.hasPrefix("smtps://"), !url.contains("@") else {
            throw Fault(description: "SLUICE_SMTP_URL: expected smtp://host:port or smtps://host:port, without name and password")
        }
        guard let from = value("SLUICE_MAIL_FROM"), from.contains("@") else {
            throw Fault(description: "SLUICE_MAIL_FROM: expected the address that mail comes from, since SLUICE_SMTP_URL is set")
        }
        sender = from
        // Plain text stays within networks of one's own.
        let host = url.drop { $0 != "/" }.drop { $0 == "/" }.prefix { $0 != ":" && $0 != "/" }
        let isOwn = NetworkAddress(String(host)).map { address in networks.contains { $0.contains(address) } } ?? false
        mail = MailServer(
            url: url, user: value("SLUICE_SMTP_USER"), password: value("SLUICE_SMTP_PASSWORD"), allowsPlain: isOwn, caFile: caFile)
    }
}
