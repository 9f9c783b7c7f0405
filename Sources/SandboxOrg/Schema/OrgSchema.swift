/// All objects of the org.
final class OrgSchema: Sendable {
    let objects: [ObjectSchema]
    let prefixes: [[UInt8]]
    private let byName: [String: ObjectSchema]

    init(objects: [ObjectSchema]) {
        self.objects = objects
        self.prefixes = objects.map(\.prefix)
        self.byName = Dictionary(objects.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    func object(_ name: some StringProtocol) -> ObjectSchema? { byName[name.lowercased()] }

    func object(prefix: [UInt8]) -> ObjectSchema? { objects.first { $0.prefix == prefix } }

    func text(of id: RecordID) -> String { RecordIDText.text(prefix: prefixes[id.object], number: id.row + 1) }

    /// The record an id text names, if its prefix is known and its form right; the row need not exist.
    func recordID(_ text: String) -> RecordID? {
        guard let parts = RecordIDText.parse(text), let object = object(prefix: parts.prefix), parts.number > 0 else { return nil }
        guard parts.instance.elementsEqual("Sb0".utf8) else { return nil }
        return RecordID(object: object.index, row: parts.number - 1)
    }
}
