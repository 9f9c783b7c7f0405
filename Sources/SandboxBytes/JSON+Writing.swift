extension JSONWriter {
    /// Writes a parsed document again: numbers as they were written.
    package mutating func value(_ json: JSON) {
        switch json {
        case .null: null()
        case .bool(let flag): value(flag)
        case .number(_, let text): raw { $0.append(string: text) }
        case .string(let text): value(text)
        case .array(let list):
            array { json in
                for item in list { json.value(item) }
            }
        case .object(let members):
            object { json in
                for member in members {
                    json.key(member.key)
                    json.value(member.value)
                }
            }
        }
    }
}
