import SandboxBytes

extension SchemaEditor {
    /// `{"object": {…}}`: the object as the schema file would have it, with as many generated rows as it says. It gets a key prefix when it names
    /// none.
    mutating func addObject(_ change: JSON) throws(SchemaError) {
        guard var members = change["object"]?.members else { throw Self.fail("object", "expected an object as the schema file has it") }
        if !members.contains(where: { $0.key == "keyPrefix" }) { members.append(JSON.Member(key: "keyPrefix", value: .string(freePrefix))) }
        let document = try Self.decode(ObjectDocument.self, .object(members), "object")
        guard document.fields.allSatisfy({ $0.rollUp == nil && $0.sumOfDetails == nil }) else {
            throw Self.fail("object", "a roll-up cannot be added while the org runs")
        }
        let rows = document.rows ?? 0
        guard (0...100_000_000).contains(rows) else { throw Self.fail("object.rows", "expected 0 to 100000000, got \(rows)") }
        var builder = builder()
        builder.document.objects.append(document)
        guard schema.object(document.name) == nil else { throw Self.fail("object.name", "'\(document.name)' is there already") }
        try builder.checkObject(document, prefixes: Set(schema.objects.all.map(\.document.keyPrefix)))
        let place = schema.objects.all.count
        let built = try builder.object(place, counts: schema.rows + [rows])
        put(ObjectSchema(index: place, document: document, fields: built.fields.all, rules: built.rules, modified: modified), rows: rows)
        note(.table(object: place))
        try builder.checkCircles(schema.objects.all)
        touch(built.fields.flatMap(\.targets).filter { $0 != place })
    }

    /// The first of `a00`, `a01`, … that nobody has.
    private var freePrefix: String {
        let taken = Set(schema.objects.all.map(\.document.keyPrefix))
        let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        for high in digits {
            for low in digits where !taken.contains("a\(high)\(low)") { return "a\(high)\(low)" }
        }
        return "zzz"
    }
}
