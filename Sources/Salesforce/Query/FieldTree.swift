/// The requested fields as a tree: `Account__r.External_Id__c` is a key `External_Id__c` below a key `Account__r`.
struct FieldTree {
    struct Key {
        let name: [UInt8]
        /// The slot of a value that was requested itself.
        var slot: Int?
        /// The node of what was requested below it.
        var child: Int?
    }

    /// Node 0 is the record itself.
    private(set) var nodes: [[Key]] = [[]]

    init(_ fields: [String]) {
        for (slot, path) in fields.enumerated() {
            var node = 0
            let names = path.split(separator: ".")
            for (depth, name) in names.enumerated() {
                let key = index(of: Array(name.utf8), in: node)
                if depth == names.count - 1 {
                    nodes[node][key].slot = nodes[node][key].slot ?? slot
                } else if let child = nodes[node][key].child {
                    node = child
                } else {
                    nodes[node][key].child = nodes.count
                    node = nodes.count
                    nodes.append([])
                }
            }
        }
    }

    private mutating func index(of name: [UInt8], in node: Int) -> Int {
        if let index = nodes[node].firstIndex(where: { $0.name == name }) { return index }
        nodes[node].append(Key(name: name))
        return nodes[node].count - 1
    }
}
