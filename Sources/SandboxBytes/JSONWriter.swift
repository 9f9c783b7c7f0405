/// Writes JSON by hand: the answers are many and wide, and their keys come in Salesforce's order.
package struct JSONWriter: ~Copyable {
    package var bytes: ByteWriter
    /// Whether the innermost container needs a comma before its next entry.
    private var pending = false

    package init(capacity: Int = 1024) { bytes = ByteWriter(capacity: capacity) }

    private mutating func separate() {
        if pending { bytes.append(UInt8(ascii: ",")) }
        pending = true
    }

    package mutating func key(_ key: String) {
        separate()
        quoted(key)
        bytes.append(UInt8(ascii: ":"))
        pending = false
    }

    private mutating func quoted(_ text: String) {
        bytes.append(0x22)
        let start = bytes.count
        bytes.append(string: text)
        bytes.escapeJSON(from: start)
        bytes.append(0x22)
    }

    package mutating func value(_ text: String?) {
        guard let text else { return null() }
        separate()
        quoted(text)
    }

    package mutating func value(_ flag: Bool) {
        separate()
        bytes.append(flag ? "true" as StaticString : "false")
    }

    package mutating func value(_ number: Int?) {
        guard let number else { return null() }
        separate()
        bytes.append(integer: Int64(number))
    }

    package mutating func null() {
        separate()
        bytes.append("null" as StaticString)
    }

    /// A value that is JSON already, written by the closure.
    package mutating func raw(_ write: (inout ByteWriter) -> Void) {
        separate()
        write(&bytes)
    }

    package mutating func object(_ write: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "{"))
        pending = false
        write(&self)
        bytes.append(UInt8(ascii: "}"))
        pending = true
    }

    package mutating func array(_ write: (inout JSONWriter) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "["))
        pending = false
        write(&self)
        bytes.append(UInt8(ascii: "]"))
        pending = true
    }

    package mutating func field(_ name: String, _ text: String?) {
        key(name)
        value(text)
    }

    package mutating func field(_ name: String, _ flag: Bool) {
        key(name)
        value(flag)
    }

    package mutating func field(_ name: String, _ number: Int?) {
        key(name)
        value(number)
    }

    package mutating func fieldNull(_ name: String) {
        key(name)
        null()
    }

    package mutating func fieldObject(_ name: String, _ write: (inout JSONWriter) -> Void) {
        key(name)
        object(write)
    }

    package mutating func fieldArray(_ name: String, _ write: (inout JSONWriter) -> Void) {
        key(name)
        array(write)
    }
}
