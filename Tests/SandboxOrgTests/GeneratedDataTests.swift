import Testing

@testable import SandboxBytes
@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxStore

@Suite("Generated data")
struct GeneratedDataTests {
    private func org(accounts: Int, seed: UInt64 = 1) throws -> Org {
        let built = try SchemaBuilder(document: try .builtIn(), rows: ["Account": accounts], seed: seed).build()
        return Org(schema: built.schema, rows: built.rows, seed: seed, clock: { 1_790_000_000 })
    }

    private func text(_ org: Org, _ row: Int, _ style: ValueStyle) throws -> [String] {
        let store = org.snapshot().stores[try #require(org.schema.object("Account")).index]
        return store.object.fields.filter { !$0.isCompound }.map { field in
            var writer = ByteWriter()
            store.append(row, field, style: style, to: &writer)
            return writer.string
        }
    }

    @Test("a row is the same whatever the number of rows, and another with another seed")
    func deterministic() throws {
        let small = try org(accounts: 100)
        let large = try org(accounts: 1_000_000)
        for row in [0, 7, 99] { #expect(try text(small, row, .bulkCSV) == text(large, row, .bulkCSV)) }
        #expect(try text(small, 7, .bulkCSV) != text(try org(accounts: 100, seed: 2), 7, .bulkCSV))
    }

    @Test("the quick texts are those of the values, in every style", arguments: [ValueStyle.bulkCSV, .restJSON, .canonical])
    func quickPath(style: ValueStyle) throws {
        let org = try org(accounts: 500)
        for store in org.snapshot().stores {
            for row in 0..<min(store.count, 200) {
                for field in store.object.fields where !field.isCompound {
                    var quick = ByteWriter()
                    store.append(row, field, style: style, to: &quick)
                    var slow = ByteWriter()
                    slow.append(store.value(row, field), prefixes: org.schema.prefixes, style: style)
                    #expect(quick.string == slow.string, "\(store.object.name).\(field.name) of row \(row)")
                }
            }
        }
    }

    @Test("descriptions hold what breaks careless readers: commas, quotes, newlines, other scripts")
    func hardTexts() throws {
        let store = try org(accounts: 2000).snapshot().stores[1]
        let description = try #require(store.object.field("Description"))
        var all = ""
        for row in 0..<2000 { if case .text(let text) = store.value(row, description) { all += text } }
        for part in [",", "\"", "\n", "é", "日本", "😀", "\\", "\t"] { #expect(all.contains(part), "\(part)") }
    }

    @Test("references point at rows that are there, and generated times lie in the past and in order")
    func references() throws {
        let org = try org(accounts: 50)
        for store in org.snapshot().stores {
            for row in 0..<store.count {
                for field in store.object.fields {
                    if case .ref(let id) = store.value(row, field) { #expect(id.row < org.snapshot().stores[id.object].count) }
                }
                #expect(store.created(row, nil) <= store.modstamp(row, nil))
                #expect(store.modstamp(row, nil) < GeneratedTimes.horizon)
            }
        }
    }

    @Test("a unique value leads back to its row")
    func unique() throws {
        let org = try org(accounts: 2_000_000)
        org.read { state in
            for table in state.tables where table.rows.count > 0 {
                for field in table.object.uniqueFields {
                    for row in [0, table.rows.count / 2, table.rows.count - 1] {
                        #expect(table.row(where: field, equals: table.rows.value(row, field)) == row)
                    }
                }
            }
        }
    }
}
