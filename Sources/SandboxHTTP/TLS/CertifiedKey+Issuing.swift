internal import COpenSSL

extension CertifiedKey {
    private static let day = 86_400

    /// What TLS clients look for in the certificate: every host that Salesforce's clients talk to, and the loopback address.
    private static let names = [
        "DNS:login.salesforce.com", "DNS:test.salesforce.com", "DNS:*.my.salesforce.com", "DNS:*.salesforce.com",
        "DNS:*.sandbox.my.salesforce.com", "DNS:*.develop.my.salesforce.com", "DNS:localhost", "IP:127.0.0.1",
    ]

    /// An authority for ten years.
    static func makeAuthority() throws(TLSError) -> CertifiedKey {
        try make(
            "Sluice sandbox org CA", days: 3650,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ], signedBy: nil)
    }

    /// A certificate for the org's server, for a year: some clients refuse those that last longer.
    func issueForServer() throws(TLSError) -> CertifiedKey {
        try Self.make(
            "Sluice sandbox org", days: 365,
            extensions: [
                (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"),
                (NID_ext_key_usage, "serverAuth"), (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid:always"),
                (NID_subject_alt_name, Self.names.joined(separator: ",")),
            ], signedBy: self)
    }

    private static func make(
        _ name: String, days: Int, extensions: [(nid: Int32, value: String)], signedBy authority: CertifiedKey?
    ) throws(TLSError) -> CertifiedKey {
        let failure = TLSError(description: "OpenSSL could not make a certificate")
        guard let key = makeKey() else { throw failure }
        guard let certificate = X509_new() else {
            EVP_PKEY_free(key)
            throw failure
        }
        let made = CertifiedKey(key: key, certificate: certificate)
        // An hour back, for clients whose clock is late.
        guard X509_set_version(certificate, 2) == 1,
            ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), .random(in: 1...(.max >> 1))) == 1,
            X509_gmtime_adj(X509_getm_notBefore(certificate), -3600) != nil,
            X509_gmtime_adj(X509_getm_notAfter(certificate), days * day) != nil,
            X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", 0x1000, name, -1, -1, 0) == 1,
            X509_set_issuer_name(certificate, X509_get_subject_name(authority?.certificate ?? certificate)) == 1,
            X509_set_pubkey(certificate, key) == 1
        else { throw failure }
        for (nid, value) in extensions {
            guard add(nid, value, to: certificate, issuer: authority?.certificate ?? certificate) else { throw failure }
        }
        guard X509_sign(certificate, authority?.key ?? key, EVP_sha256()) > 0 else { throw failure }
        return made
    }

    /// On the curve P-256, which every client knows and which costs a handshake little.
    private static func makeKey() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1, EVP_PKEY_generate(context, &key) == 1
        else { return nil }
        return key
    }

    private static func add(_ nid: Int32, _ value: String, to certificate: OpaquePointer, issuer: OpaquePointer) -> Bool {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, certificate, nil, nil, 0)
        guard let ext = X509V3_EXT_nconf_nid(nil, &context, nid, value) else { return false }
        defer { X509_EXTENSION_free(ext) }
        return X509_add_ext(certificate, ext, -1) == 1
    }
}
