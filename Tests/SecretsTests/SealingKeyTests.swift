import Secrets
import Testing

@Suite("Sealing")
struct SealingKeyTests {
    let key: SealingKey

    init() throws {
        key = try SealingKey(base64: Base64.encode(SecureRandom.bytes(32)))
    }

    @Test("what is sealed opens to the same bytes", arguments: [0, 1, 15, 16, 17, 5000])
    func roundTrip(size: Int) throws {
        let plaintext = try SecureRandom.bytes(size)
        let sealed = try key.seal(plaintext, context: "connections.credentials/7")
        #expect(try key.open(sealed, context: "connections.credentials/7") == plaintext)
    }

    @Test("the same bytes never seal to the same text")
    func freshNonce() throws {
        #expect(try key.seal([1, 2, 3], context: "c") != key.seal([1, 2, 3], context: "c"))
    }

    @Test("a change anywhere in the sealed text is noticed")
    func tampering() throws {
        let sealed = try key.seal(Array("top secret".utf8), context: "c")
        for index in sealed.indices.dropFirst(3) {
            var changed = Array(sealed)
            let position = sealed.distance(from: sealed.startIndex, to: index)
            changed[position] = changed[position] == "A" ? "B" : "A"
            #expect(throws: SecretsError.self) { try key.open(String(changed), context: "c") }
        }
    }

    @Test("a sealed text opens only in its own context and with its own key")
    func bindings() throws {
        let sealed = try key.seal([42], context: "connection 1")
        let other = try SealingKey(base64: Base64.encode(SecureRandom.bytes(32)))
        #expect { try key.open(sealed, context: "connection 2") } throws: { ($0 as? SecretsError)?.code == .cannotOpen }
        #expect { try other.open(sealed, context: "connection 1") } throws: { ($0 as? SecretsError)?.code == .cannotOpen }
    }

    @Test("a key of the wrong form is refused and says what was expected", arguments: ["", "abc", "c2hvcnQ=", "not base64 at all !!"])
    func malformedKey(text: String) {
        #expect { try SealingKey(base64: text) } throws: { "\($0)".contains("32 bytes in base64") }
    }

    @Test("a text of another version is refused", arguments: ["", "v1.", "v2.AAAA", "plain"])
    func malformedText(text: String) {
        #expect { try key.open(text, context: "c") } throws: { ($0 as? SecretsError)?.code == .malformedSealedText }
    }
}
