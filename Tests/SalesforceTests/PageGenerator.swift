import SeededRandom

/// Makes pages of random records whose JSON uses every freedom the format has: white space, order of keys, escapes, unknown
/// keys, nested parents, missing values.
struct PageGenerator {
    var random: SplitMix

    init(seed: UInt64) {
        random = SplitMix(seed: seed)
    }

    mutating func fields() -> [String] {
        var fields = ["Id", "Name", "Amount__c", "Active__c", "Note__c", "Parent__r.Ext__c", "Parent__r.Owner.Name", "Owner.Name"]
        fields.shuffle(using: &random)
        return Array(fields.prefix(Int.random(in: 1...fields.count, using: &random)))
    }

    mutating func page(_ fields: [String], records: Int = 30) -> [UInt8] {
        let list = (0..<records).map { _ in record(Tree(fields)) }.joined(separator: "," + space())
        let text = #"{"totalSize":\#(records),\#(space())"done" : true,"records":[\#(space())\#(list)\#(space())]}"#
        return Array(text.utf8)
    }

    /// Mostly bytes that mean something to JSON.
    mutating func byte() -> UInt8 {
        Array("{}[]\",:\\u0truefalsn1-eE.\u{0}\u{1f} \u{7f}".utf8).randomElement(using: &random).map { $0 &+ (flip(20) ? 128 : 0) } ?? 0
    }

    private struct Tree {
        var leaves: [String] = []
        var parents: [String: [String]] = [:]

        init(_ paths: [String]) {
            for path in paths {
                let parts = path.split(separator: ".", maxSplits: 1)
                if parts.count == 1 { leaves.append(path) } else { parents[String(parts[0]), default: []].append(String(parts[1])) }
            }
        }
    }

    private mutating func record(_ tree: Tree) -> String {
        var members: [String] = []
        for leaf in tree.leaves where !flip(10) { members.append("\"\(leaf)\"\(space()):\(space())\(value())") }
        for (name, children) in tree.parents.sorted(by: { $0.key < $1.key }) {
            members.append("\"\(name)\":" + (flip(5) ? "null" : record(Tree(children))))
        }
        if flip(3) { members.append(#""Other__c":{"a":[1,"x]}",{"b":null}]}"#) }
        if flip(3) { members.shuffle(using: &random) }
        members.insert(#""attributes":{"type":"Account","url":"/services/data/v60.0/sobjects/Account/1"}"#, at: 0)
        return "{" + space() + members.joined(separator: "," + space()) + "}"
    }

    private mutating func value() -> String {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return "null"
        case 1: return Bool.random(using: &random) ? "true" : "false"
        case 2: return String(Int.random(in: -1_000_000...1_000_000, using: &random))
        default: return string()
        }
    }

    private mutating func string() -> String {
        let pieces = [
            "a", "Hello World, this is longer than eight", "é", "中文", "🙂", #"\n"#, #"\""#, #"\\"#, #"\/"#, #"\u00e9"#, #"\ud83d\ude42"#,
            #"\t\b\f\r"#, "{}[],:", " ", "\u{7f}",
        ]
        let count = Int.random(in: 0...6, using: &random)
        return "\"" + (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined() + "\""
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n  ", "\t", "\r\n"].randomElement(using: &random) ?? ""
    }

    private mutating func flip(_ odds: Int) -> Bool {
        Int.random(in: 0..<odds, using: &random) == 0
    }
}
