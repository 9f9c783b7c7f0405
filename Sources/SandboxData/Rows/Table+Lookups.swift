/// Finding records by what they refer to, or by values that are not unique.
extension Table {
    /// Live rows whose reference names the record; with `deleted`, those in the recycle bin.
    package mutating func rows(where reference: FieldSchema, names parent: RecordID, deleted: Bool = false) -> [Int] {
        if references[reference.index] == nil {
            var entries: [RowIndex.Entry] = []
            for row in 0..<rows.count {
                if case .ref(let id) = rows.value(row, reference) { entries.append(RowIndex.Entry(key: id.indexKey, row: row)) }
            }
            references[reference.index] = RowIndex(entries)
        }
        return (references[reference.index]?.rows(parent.indexKey) ?? []).filter { row in
            exists(row) && isDeleted(row) == deleted && rows.value(row, reference) == .ref(parent)
        }
    }

    /// Live rows that have the same values in all of the fields.
    package mutating func duplicates(of key: [String], in fields: [Int]) -> [Int] {
        let place = matches.firstIndex { $0.fields == fields }
        if place == nil {
            var entries: [RowIndex.Entry] = []
            for row in 0..<rows.count {
                if let key = matchKey(row, fields) { entries.append(RowIndex.Entry(key: Self.hash(key), row: row)) }
            }
            matches.append((fields, RowIndex(entries)))
        }
        return matches[place ?? matches.count - 1].index.rows(Self.hash(key)).filter { isLive($0) && matchKey($0, fields) == key }
    }

    /// What a row has in the fields; nil when one of them is blank.
    private func matchKey(_ row: Int, _ fields: [Int]) -> [String]? {
        var texts: [String] = []
        for field in fields {
            guard let text = Self.key(rows.value(row, object.fields[field])) else { return nil }
            texts.append(text)
        }
        return texts
    }

    private static func hash(_ texts: [String]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for text in texts {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        return hash
    }

    /// A row has other values than before.
    mutating func noteLookups(_ row: Int) {
        // A copy of the keys: holding on to the dictionary would make each addition copy it.
        for field in Array(references.keys) {
            if case .ref(let id) = rows.value(row, object.fields[field]) { references[field]?.add(id.indexKey, row: row) }
        }
        for place in matches.indices {
            if let key = matchKey(row, matches[place].fields) { matches[place].index.add(Self.hash(key), row: row) }
        }
    }
}
