import Testing
import WebServer

@Suite("Pieces of pages")
struct HTMLTests {
    @Test("what somebody wrote is escaped, and what the page itself says is not, however it is chosen", arguments: [true, false])
    func escaping(isMarked: Bool) {
        let name = "<script>"
        let given = isMarked ? name : nil
        let plain: HTML = "<p>\(name)</p>"
        let chosen: HTML = "<td\(isMarked ? " class=\"bad\"" : "")>"
        let mapped: HTML = "\(given.map { "<b>\($0)</b>" } ?? "<i></i>")"
        let fallen: HTML = "\(given ?? name)"
        #expect(plain.text == "<p>&lt;script&gt;</p>")
        #expect(chosen.text == (isMarked ? "<td class=\"bad\">" : "<td>"))
        #expect(mapped.text == (isMarked ? "<b>&lt;script&gt;</b>" : "<i></i>"))
        #expect(fallen.text == "&lt;script&gt;")
        let number: Int64? = isMarked ? 7 : nil
        let numbered: HTML = "\(number.map { "<b>\($0)</b>" } ?? "")"
        #expect(numbered.text == (isMarked ? "<b>7</b>" : ""))
    }
}
