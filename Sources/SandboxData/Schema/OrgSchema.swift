/// All objects of the org. It never changes: a change makes a new one, and whoever works with the old one can go on, because objects and fields
/// keep their places.
package final class OrgSchema: Sendable {
    package let objects: PlacedList<ObjectSchema>
    /// Key prefixes by place.
    package let prefixes: [[UInt8]]
    /// Generated rows by place.
    package let rows: [Int]
    /// Places of objects that are not there any more.
    let removed: Set<Int>
    /// By object's place: the references to it that matter when one of its records is deleted.
    package let dependents: [[Dependent]]
    /// By object's place: the roll-ups that its records are summed up in.
    package let rollUps: [[RollUpTarget]]
    /// Objects whose records are summed up somewhere.
    package let summedUp: [Int]
    private let byName: [String: ObjectSchema]
    /// Every reference that is written is looked up here.
    private let byPrefix: [UInt32: ObjectSchema]

    package init(objects placed: [ObjectSchema], rows: [Int], removed: Set<Int> = []) {
        self.objects = PlacedList(placed, removed: removed)
        self.prefixes = placed.map(\.prefix)
        self.rows = rows
        self.removed = removed
        var dependents: [[Dependent]] = placed.map { _ in [] }
        var rollUps: [[RollUpTarget]] = placed.map { _ in [] }
        for object in objects {
            for field in object.fields {
                if field.parentDeletion != .keep {
                    for target in field.targets { dependents[target].append(Dependent(object: object, field: field)) }
                }
                if case .rollUp(let rollUp) = field.role {
                    rollUps[rollUp.child].append(RollUpTarget(object: object.index, field: field, rollUp: rollUp))
                } else if let rollUp = field.sumOfDetails {
                    rollUps[rollUp.child].append(RollUpTarget(object: object.index, field: field, rollUp: rollUp))
                }
            }
        }
        self.dependents = dependents
        self.rollUps = rollUps
        self.summedUp = rollUps.indices.filter { !rollUps[$0].isEmpty }
        self.byPrefix = Dictionary(
            objects.map { ($0.prefix.reduce(0) { $0 << 8 | UInt32($1) }, $0) }, uniquingKeysWith: { first, _ in first })
        self.byName = Dictionary(objects.map { ($0.name.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func object(_ name: some StringProtocol) -> ObjectSchema? { byName[name.lowercased()] }

    package func object(prefix: [UInt8]) -> ObjectSchema? { byPrefix[prefix.reduce(0) { $0 << 8 | UInt32($1) }] }

    /// The object as this schema has it; nil when it is not there any more.
    package func current(_ object: ObjectSchema) -> ObjectSchema? { removed.contains(object.index) ? nil : objects[object.index] }

    /// When the schema changed last, in seconds since 1970.
    package var modified: Int64 { objects.all.map(\.modified).max() ?? GeneratedTimes.base }

    package func text(of id: RecordID) -> String { RecordIDText.text(prefix: prefixes[id.object], number: id.row + 1) }

    /// The record an id text names, if its prefix is known and its form right; the row need not exist.
    package func recordID(_ text: String) -> RecordID? {
        guard let parts = RecordIDText.parse(text), let object = object(prefix: parts.prefix), parts.number > 0 else { return nil }
        guard parts.instance.elementsEqual("Sb0".utf8) else { return nil }
        return RecordID(object: object.index, row: parts.number - 1)
    }
}
