package import SandboxBytes

/// The rows of one object: generated ones, with an overlay of ``RowState`` for those that were written.
///
/// A value that shares its pages: a reader takes a copy under the org's lock and then reads in peace, while writers replace only the pages
/// they touch.
package struct RowStore: Sendable {
    private static let pageBits = 8

    package private(set) var object: ObjectSchema
    package private(set) var prefixes: [[UInt8]]
    package let generatedCount: Int
    package let userCount: Int
    private let salt: UInt64
    package private(set) var count: Int
    /// By field: roll-ups of records that nothing was written below.
    package var rollUps: [Int: GeneratedRollUp] = [:]
    /// Whether rows that are written are noted, for a journal.
    package var isWatched = false
    /// Rows that were written since somebody took this.
    package private(set) var touched: [Int] = []
    private var pages: ContiguousArray<ContiguousArray<RowState?>>

    package init(object: ObjectSchema, prefixes: [[UInt8]], generatedCount: Int, userCount: Int, seed: UInt64) {
        self.object = object
        self.prefixes = prefixes
        self.generatedCount = generatedCount
        self.userCount = userCount
        self.count = generatedCount
        self.salt = Mix.salt(seed, object.name)
        self.pages = ContiguousArray(repeating: [], count: generatedCount >> Self.pageBits + 1)
    }

    /// The schema changed: the object is described anew, and there may be more of them.
    package mutating func adopt(_ object: ObjectSchema, prefixes: [[UInt8]]) {
        self.object = object
        self.prefixes = prefixes
    }

    @inline(__always)
    package func state(_ row: Int) -> RowState? {
        let page = row >> Self.pageBits
        guard page < pages.count else { return nil }
        let states = pages[page]
        return states.isEmpty ? nil : states[row & (1 << Self.pageBits - 1)]
    }

    package mutating func set(_ row: Int, to state: RowState) {
        if isWatched { touched.append(row) }
        let page = row >> Self.pageBits
        while pages.count <= page { pages.append([]) }
        if pages[page].isEmpty { pages[page] = ContiguousArray(repeating: nil, count: 1 << Self.pageBits) }
        pages[page][row & (1 << Self.pageBits - 1)] = state
    }

    /// Replaces every written row for which there is an answer.
    package mutating func rewrite(_ body: (RowState) -> RowState?) {
        for page in pages.indices {
            for place in pages[page].indices {
                if let state = pages[page][place], let new = body(state) { pages[page][place] = new }
            }
        }
    }

    /// Back to the generated row.
    package mutating func clear(_ row: Int) {
        let page = row >> Self.pageBits
        guard page < pages.count, !pages[page].isEmpty else { return }
        if isWatched { touched.append(row) }
        pages[page][row & (1 << Self.pageBits - 1)] = nil
    }

    package mutating func takeTouched() -> [Int] {
        defer { touched.removeAll(keepingCapacity: touched.capacity <= 1000) }
        return touched
    }

    /// Goes through every row that was written.
    package func forEachWritten(_ body: (Int, RowState) -> Void) {
        for (page, states) in pages.enumerated() {
            for (place, state) in states.enumerated() {
                if let state { body(page << Self.pageBits + place, state) }
            }
        }
    }

    /// A place for one more row.
    package mutating func append(_ state: RowState) -> Int {
        let row = count
        count += 1
        set(row, to: state)
        return row
    }

    @inline(__always)
    package func created(_ row: Int, _ state: RowState?) -> Int64 {
        if let state { return state.created }
        return GeneratedTimes.created(Mix.bits(salt, row))
    }

    @inline(__always)
    package func modstamp(_ row: Int, _ state: RowState?) -> Int64 {
        if let state { return state.modstamp }
        let bits = Mix.bits(salt, row)
        return GeneratedTimes.modified(bits, created: GeneratedTimes.created(bits))
    }

    package func modified(_ row: Int, _ state: RowState?) -> Int64 { state?.modified ?? modstamp(row, nil) }

    package func createdBy(_ row: Int, _ state: RowState?) -> Int { state?.createdBy ?? Int(Mix.bits(salt, ~row) % UInt64(userCount)) }

    package func modifiedBy(_ row: Int, _ state: RowState?) -> Int {
        state?.modifiedBy ?? Int((Mix.bits(salt, ~row) >> 32) % UInt64(userCount))
    }

    private func user(_ row: Int) -> Value {
        guard let user = prefixes.firstIndex(of: Array("005".utf8)) else { return .null }
        return .ref(RecordID(object: user, row: row))
    }

    package func value(_ row: Int, _ field: FieldSchema) -> Value {
        let state = state(row)
        switch field.role {
        case .id: return .ref(RecordID(object: object.index, row: row))
        case .isDeleted: return .bool(state?.isDeleted ?? false)
        case .createdDate: return .datetime(created(row, state))
        case .createdBy: return user(createdBy(row, state))
        case .modifiedDate: return .datetime(modified(row, state))
        case .modifiedBy: return user(modifiedBy(row, state))
        case .modstamp: return .datetime(modstamp(row, state))
        case .stored, .autoNumber: return stored(row, field, state)
        case .rollUp(let rollUp):
            if let value = state?.cell(field.index) { return value }
            if let generated = rollUps[field.index], row < generated.parentCount { return generated.value(row) }
            return rollUp.function == .count || rollUp.function == .sum ? .double(0) : .null
        case .formula(let formula): return evaluate(formula, row, field)
        case .address: return .null
        case .objectName: return .text(object.name)
        }
    }

    private func stored(_ row: Int, _ field: FieldSchema, _ state: RowState?) -> Value {
        if let state {
            if let value = state.cell(field.index) { return value }
            if row >= generatedCount { return field.absent }
        }
        return field.generator.value(row)
    }

    /// Writes one field of one row, without making a ``Value`` where it can be helped.
    @inline(__always)
    package func append(_ row: Int, _ field: FieldSchema, style: ValueStyle, to writer: inout ByteWriter) {
        append(row, state(row), field, style: style, to: &writer)
    }

    /// As above, for a caller that has looked the row's state up already.
    @inline(__always)
    package func append(_ row: Int, _ state: RowState?, _ field: FieldSchema, style: ValueStyle, to writer: inout ByteWriter) {
        switch field.role {
        case .stored:
            if let state {
                if let value = state.cell(field.index) {
                    writer.append(value, prefixes: prefixes, style: style)
                    return
                }
                if row >= generatedCount {
                    writer.append(field.absent, prefixes: prefixes, style: style)
                    return
                }
            }
            field.generator.append(row, prefixes: prefixes, style: style, to: &writer)
        case .id: writer.append(id: RecordID(object: object.index, row: row), prefixes: prefixes, style: style)
        case .createdDate: writer.append(datetime: created(row, state), style: style)
        case .modifiedDate: writer.append(datetime: modified(row, state), style: style)
        case .modstamp: writer.append(datetime: modstamp(row, state), style: style)
        case .address(let components): appendAddress(row, components, style: style, to: &writer)
        default: writer.append(value(row, field), prefixes: prefixes, style: style)
        }
    }

    /// Only JSON can show an address; without any component it is null.
    private func appendAddress(_ row: Int, _ components: [(key: String, field: Int)], style: ValueStyle, to writer: inout ByteWriter) {
        guard style == .restJSON, components.contains(where: { !value(row, object.fields[$0.field]).isNull }) else {
            writer.appendNull(style)
            return
        }
        writer.append(UInt8(ascii: "{"))
        for (position, component) in components.enumerated() {
            if position > 0 { writer.append(UInt8(ascii: ",")) }
            writer.append(UInt8(ascii: "\""))
            writer.append(string: component.key)
            writer.append("\":" as StaticString)
            append(row, object.fields[component.field], style: style, to: &writer)
        }
        writer.append(UInt8(ascii: "}"))
    }
}
