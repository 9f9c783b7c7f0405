/// Booleans as Salesforce writes them. What is written in another way is left to Postgres.
enum BinaryFlag {
    /// `boolean`: `true` or `false`.
    static func value(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt8? {
        if count == 4, bytes[0] == UInt8(ascii: "t"), bytes[1] == UInt8(ascii: "r"), bytes[2] == UInt8(ascii: "u"),
            bytes[3] == UInt8(ascii: "e")
        {
            return 1
        }
        if count == 5, bytes[0] == UInt8(ascii: "f"), bytes[1] == UInt8(ascii: "a"), bytes[2] == UInt8(ascii: "l"),
            bytes[3] == UInt8(ascii: "s"),
            bytes[4] == UInt8(ascii: "e")
        {
            return 0
        }
        return nil
    }
}
