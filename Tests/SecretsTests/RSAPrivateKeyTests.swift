import Secrets
import Testing

@Suite("RS256")
struct RSAPrivateKeyTests {
    // Made by `openssl genrsa 2048` for this test alone; the signature is that of `openssl dgst -sha256 -sign`.
    static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDE/z85prGIm58Y
        mATACQoIXxBuuOsOKR9loH7Ofjd+V6B8XWE2tQju5ZdrXMko5W6w1RfdulyF11MC
        cgDGfJGOqYWDdUlt1jkB/7qVtNZgNgrom3ZEz1LLEiOx1qBQxe2EdLFmWJii7VV/
        7Cjhw6w7X7lFfa7r8C8kn4l8+G1tbdycK6TYmPxPcMWY1cRxnol0uvO1gcL4Xqly
        nu+u6SII5GRb0v/sCBxR2MhYeM1wvFE+vvw/9fkHSixY+4a4YbMXHmeuAXhTlELo
        Qal47wvk/H9FQ4Zvxpzw/CiF+FsU5M1KR4FKZxzy6qkH70fwq7lGil+/psb1a1fk
        S41IrgnhAgMBAAECggEADvE5b3sIXk9HiwsE2TgWTbpAOdXG5oUR/5hj5e/G78tf
        ve8rT4X9znkVuiwIihSVB86yB7x6BiDmB/pzupp6Q/Lx0J3V2wHzwwYNtgtIc3XF
        8AzStLdxFTwj/vpDoLzSnkhnqFayBTGxWYmlNDKuXraNDAtTeEv4l3OOby88xZ78
        mILZv2fFwgj9H15tXXvIwq5XxiINkjEKYCD2XvXzt2Xha7uhTdrvGKVHKeo0k6Bm
        X6ukOSHmGtNDBvmPQmg2uoH25H2L3grWBp8vTQajG3066If/wAd2uPBYqqII4C1D
        8axKLoUDn66M0uCbYWwDPmPBjHA8J+c9jKQSeQUSrQKBgQDlXxNN/N0++NzR7ODS
        Qay4v4iYRINqGjf2hCY1CRLfxrKbvpN9eMSWzvwBdrJGCbFH/ssexjfTztv9i0eI
        o1PspUHXdOTXydca5VVZNe1le0g2ps2YwIFCPRfUJdQ/f/ff8CZcpeDt4GyKHrNh
        VqB2LUs5kU2Phgz6hAfoNfEdNwKBgQDb3gFotxdLvfLoRabwcOBymIGxeJ/Pj0Zx
        xuc4NKBOCKPCdE3TBU1B3RGf1gPJe+a6wx51xNJSFwpVnxEJ4I1hx3fc4ZfLJg19
        oVJ9rDix/l0TbuFxd+YYMnjfRMJWR4QEofVGEzx7W4JEH2NwQZm5hl9WySoq6epD
        bULrAPFdpwKBgC04znyMwy4cMKUu17B8hEo0cQDcWTB9FNWEfmfsbw0xhptQOpH9
        Un0NOAAt374RQSOZp4Bcwjr/SL43TJYy5WP9vPp2sHue7sr9thMNn81nPfiQcG6S
        Xamqk90ezDbsyvkaxuVzSuJ7YcrlfKZPRvmlunQSIsGOQ1bM2yY8JFqHAoGBALZy
        d/rcC9HHUr1ZpxjYofeWA/Ev5nVHMC6T3iTuzqNSWgmvlzDnsl9YQhq/bi8QyLrr
        1OfnJpwGEIZSU8I9ezTLX/SDowFpl0JLzvcIJZfWOog4t4z/8IjdwR2MojMUb0Gk
        37KBnevDWMqMvWhWl2izT4PltD8eEk5XaXM3OhL7AoGBAKSn+rObHsOGoaCdR1+Y
        m38I7DTQ5nm71C+Esgv4opYDMORvEfwKJA/TkrYoKN1zoz1+j0iCXile46Q/RHNI
        jf35EL651+EYcYqS16WSSBWJCCOhnrQGy56cJnGBTVeKFIeYvw7MZtXk7NUYNcOC
        lXn58KnXeoLfHMAeDZvvvflC
        -----END PRIVATE KEY-----
        """
    static let signature =
        "amiIeldJASL3mIhCGZug5gblps6CLHbwCwBrSB0FMQ/VTSR3n0s4Nt4dGsd4N6DcBEC0fgDix3XpJ008jsMnc8eleLdL7ZkZcuT120BrbCc3tE6+Jd7ZCL4T87u0K+S8VU9uSpbxekZ2cm2Mk8tLn2cDvc3MdfRwqi9KfDSV1qWUW5TBpnct9nTs6J3a7+85IGXI+SulhP7sUYOHS+bAje0uT5t9kaEsi3hP0MRAc3AlAyM/xu63JiksqAHoaeKMNTaEIHaho75UGGYVskhLRniCFo2ar46M/rWUsTHcZlA70/97ZV/1QjDcwr9lvLeMkdVElkeqm2xJtScJz4CQ/g=="

    @Test("a signature is byte for byte what the openssl program makes, for PKCS#1 v1.5 is deterministic")
    func signature() throws {
        let key = try RSAPrivateKey(pem: Self.pem)
        #expect(Base64.encode(try key.signRS256(Array("signed by sluice".utf8))) == Self.signature)
    }

    @Test("a key whose line ends are written as backslash and n is understood")
    func escapedNewlines() throws {
        let escaped = Self.pem.split(separator: "\n").joined(separator: #"\n"#)
        let key = try RSAPrivateKey(pem: escaped)
        #expect(Base64.encode(try key.signRS256(Array("signed by sluice".utf8))) == Self.signature)
    }

    @Test("a JWT has three URL-safe parts, and the third signs the first two")
    func jwt() throws {
        let key = try RSAPrivateKey(pem: Self.pem)
        let parts = try key.jwt(claimsJSON: Array(#"{"iss":"sluice"}"#.utf8)).split(separator: ".")
        #expect(parts.count == 3)
        #expect(Base64.decodeURLSafe(parts[0]) == Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8))
        #expect(Base64.decodeURLSafe(parts[1]) == Array(#"{"iss":"sluice"}"#.utf8))
        #expect(Base64.decodeURLSafe(parts[2]) == (try key.signRS256(Array((parts[0] + "." + parts[1]).utf8))))
    }

    @Test("what is no RSA key is refused", arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func malformed(pem: String) {
        #expect { try RSAPrivateKey(pem: pem) } throws: { ($0 as? SecretsError)?.code == .malformedKey }
    }
}
