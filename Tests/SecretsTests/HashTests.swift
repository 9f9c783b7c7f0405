import Testing

@testable import Secrets

@Suite("Hashes, tokens and encodings")
struct HashTests {
    @Test("SHA-256 agrees with FIPS 180-4 however the bytes are split")
    func sha256() throws {
        #expect(
            Hex.encode(try SHA256Stream.digest(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        let stream = try SHA256Stream()
        for byte in "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8 { try stream.update([byte]) }
        #expect(Hex.encode(try stream.finish()) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    }

    @Test("HMAC-SHA256 agrees with RFC 4231, test cases 1 and 2")
    func hmac() throws {
        let first = try HMAC.sha256(Array("Hi There".utf8), key: [UInt8](repeating: 0x0b, count: 20))
        #expect(Hex.encode(first) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let second = try HMAC.sha256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(Hex.encode(second) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test("scrypt agrees with RFC 7914, section 12")
    func scryptVector() throws {
        let key = try PasswordHash.scrypt(Array("password".utf8), salt: Array("NaCl".utf8), n: 1024, r: 8, p: 16, count: 64)
        #expect(
            Hex.encode(key) == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830da"
                + "c727afb94a83ee6d8360cbdfa2cc0640")
    }

    @Test("a password matches its hash, another does not, and two hashes differ by their salt")
    func passwords() throws {
        let hash = try PasswordHash(of: "correct horse")
        #expect(try PasswordHash(text: hash.text).matches("correct horse"))
        #expect(try !hash.matches("Correct horse"))
        #expect(try PasswordHash(of: "correct horse") != hash)
        #expect(throws: SecretsError.self) { try PasswordHash(text: "scrypt$99$8$1$AAAA$AAAA").matches("x") }
    }

    @Test("a token is prefixed, URL-safe and never the same; its hash knows it again")
    func tokens() throws {
        let token = try Token.generate(prefix: "slu_")
        #expect(token.hasPrefix("slu_") && token.count == 4 + 43)
        #expect(token.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "z") ~= $0 || $0 == UInt8(ascii: "-") })
        #expect(try Token.generate(prefix: "slu_") != token)
        let hash = try TokenHash(of: token)
        #expect(try TokenHash(hex: hash.hex).matches(token) && !hash.matches(token + "x"))
    }

    @Test(
        "base64 agrees with RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ])
    func base64(plain: String, encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.decodeURLSafe(encoded.prefix { $0 != "=" }) == Array(plain.utf8))
    }

    @Test("base64 that no encoder makes is refused", arguments: ["Z", "Zh==", "Zm9=v", "Zm 9", "Zm9v=", "Zm-_"])
    func malformedBase64(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test("comparison in constant time compares all bytes and the lengths")
    func constantTime() {
        #expect(ConstantTime.equal([], []) && ConstantTime.equal([1, 2], [1, 2]))
        #expect(!ConstantTime.equal([1, 2], [1, 3]) && !ConstantTime.equal([1], [1, 2]))
    }
}
