/// Objects of an org or fields of an object, each at a place that it keeps for ever: rows and ids name them by it. What the schema lost keeps its
/// place too, so that a request which began before can end, and is left out when the list is gone through.
package struct PlacedList<Element: Sendable>: Sequence, Sendable {
    private let placed: [Element]
    private let present: [Element]

    /// - Parameter removed: Places of what is not there any more.
    package init(_ placed: [Element], removed: Set<Int> = []) {
        self.placed = placed
        present = removed.isEmpty ? placed : placed.indices.filter { !removed.contains($0) }.map { placed[$0] }
    }

    /// What is or was at the place.
    @inline(__always)
    package subscript(place: Int) -> Element { placed[place] }

    /// How many there are, without those that were removed.
    package var count: Int { present.count }

    /// Everything by place, with what was removed.
    package var all: [Element] { placed }

    package func makeIterator() -> IndexingIterator<[Element]> { present.makeIterator() }
}
