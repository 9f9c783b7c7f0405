import Foundation
import Testing

@testable import SandboxData
@testable import SandboxOrg

@Suite("Formulas")
struct FormulaTests {
    private static let scope = FormulaScope(
        objects: [
            (
                "Thing__c",
                [
                    FieldDocument(name: "Name", type: .string), FieldDocument(name: "Amount__c", type: .currency),
                    FieldDocument(name: "Due__c", type: .date), FieldDocument(name: "Done__c", type: .boolean),
                    FieldDocument(name: "Parent__c", type: .reference, referenceTo: ["Thing__c"], relationshipName: "Parent__r"),
                ]
            )
        ], object: 0)

    /// A record with values, and what it had before.
    private struct Record: FormulaContext {
        var values: [Int: Value]
        var old: [Int: Value] = [:]
        var isNew = false
        // 2026-03-31T12:00:00Z
        let now: Int64 = 1_774_958_400

        func value(_ path: FormulaPath) -> Value { path.steps.isEmpty ? values[path.field] ?? .null : .text("parent") }
        func prior(_ path: FormulaPath) -> Value { old[path.field] ?? .null }
    }

    private func evaluate(_ text: String, isNew: Bool = false) throws -> Value {
        let record = Record(
            values: [0: .text("Alpha Beta"), 1: .double(12.5), 2: .date(20_543), 3: .bool(true)],
            old: [0: .text("Alpha Beta"), 1: .double(10)], isNew: isNew)
        return FormulaEvaluator(context: record).evaluate(try FormulaParser.parse(text, in: Self.scope).expression)
    }

    @Test(
        "arithmetic, comparison and logic bind as Salesforce's do",
        arguments: [
            ("1 + 2 * 3", Value.double(7)), ("(1 + 2) * 3", .double(9)), ("10 - 2 - 3", .double(5)), ("2 ^ 3 / 4", .double(2)),
            ("-Amount__c + 0.5", .double(-12)), ("Amount__c > 10 && Done__c", .bool(true)), ("NOT(Done__c) || 1 = 2", .bool(false)),
            ("1 / 0", .null), ("'a' & \"b\" & NULL", .text("ab")), ("Name = 'Alpha Beta'", .bool(true)),
            ("1 < NULL", .bool(false)), ("'' = NULL", .bool(true)), ("/* note */ 4 <= 4", .bool(true)), ("!(2 >= 3)", .bool(true)),
        ])
    func operators(text: String, expected: Value) throws {
        #expect(try evaluate(text) == expected)
    }

    @Test(
        "functions give what Salesforce's documentation says",
        arguments: [
            ("LEN(Name)", Value.double(10)), ("UPPER(LEFT(Name, 3))", .text("ALP")), ("RIGHT(Name, 4)", .text("Beta")),
            ("MID(Name, 2, 3)", .text("lph")), ("CONTAINS(Name, 'Beta')", .bool(true)), ("BEGINS(Name, 'Beta')", .bool(false)),
            ("FIND('B', Name)", .double(7)), ("SUBSTITUTE(Name, ' ', '-')", .text("Alpha-Beta")), ("TRIM('  x ')", .text("x")),
            ("TEXT(Amount__c)", .text("12.5")), ("VALUE('1,234.5')", .double(1234.5)), ("ROUND(Amount__c, 0)", .double(13)),
            ("ROUND(-2.5, 0)", .double(-3)), ("MOD(-7, 3)", .double(2)), ("MAX(1, Amount__c, 3)", .double(12.5)),
            ("FLOOR(2.7)", .double(2)),
            ("CEILING(2.1)", .double(3)), ("ABS(-3)", .double(3)), ("IF(Done__c, 'yes', 'no')", .text("yes")),
            ("CASE(Name, 'x', 1, 'Alpha Beta', 2, 3)", .double(2)), ("BLANKVALUE(NULL, 5)", .double(5)),
            ("ISBLANK(Parent__c)", .bool(true)),
            ("TODAY()", .date(20_543)), ("Due__c + 30", .date(20_573)), ("Due__c - DATE(2026, 3, 1)", .double(30)),
            ("YEAR(Due__c) * 100 + MONTH(Due__c)", .double(202_603)), ("ADDMONTHS(DATE(2026, 1, 31), 1)", .date(20_512)),
            ("DATE(2026, 2, 30)", .null), ("INCLUDES('a;b', 'b')", .bool(true)), ("Parent__r.Name", .text("parent")),
            ("ISCHANGED(Amount__c)", .bool(true)), ("ISCHANGED(Name)", .bool(false)), ("PRIORVALUE(Amount__c)", .double(10)),
            ("ISNEW()", .bool(false)), ("ISPICKVAL(Name, 'Alpha Beta')", .bool(true)),
        ])
    func functions(text: String, expected: Value) throws {
        #expect(try evaluate(text) == expected)
    }

    @Test("nothing of a new record has changed")
    func new() throws {
        #expect(try evaluate("ISCHANGED(Amount__c)", isNew: true) == .bool(false))
        #expect(try evaluate("PRIORVALUE(Amount__c)", isNew: true) == .double(12.5))
        #expect(try evaluate("ISNEW()", isNew: true) == .bool(true))
    }

    @Test(
        "a mistake is told in Salesforce's words",
        arguments: [
            ("Nam__c = 1", "Field Nam__c does not exist. Check spelling."),
            ("Parent__r.Nam = 1", "Field Parent__r.Nam does not exist. Check spelling."),
            ("LENGTH(Name)", "Unknown function LENGTH. Check spelling."), ("(1 + 2", "Syntax error. Missing ')'"),
            ("1 +", "Syntax error. Found end of formula"), ("1 2", "Syntax error. Found '2.0'"), ("#", "Syntax error. Found '#'"),
            ("LEN(1)", "Incorrect parameter type for function 'LEN()'. Expected Text, received Number"),
            ("LEN()", "Incorrect number of parameters for function 'LEN()'. Expected 1, received 0"),
            ("Name + 1", "Incorrect parameter type for operator '+'. Expected Number, received Text"),
            ("Amount__c = 'x'", "Incorrect parameter type for operator '='. Expected Number, received Text"),
            ("IF(Done__c, 1, 'x')", "Incorrect parameter type for function 'IF()'. Expected Number, received Text"),
            ("ISCHANGED(1)", "Incorrect parameter type for function 'ISCHANGED()'. Expected Field of the record itself"),
            ("'abc", "Syntax error. Missing '"),
        ])
    func mistakes(text: String, message: String) {
        let error = #expect(throws: FormulaError.self) { try FormulaParser.parse(text, in: Self.scope) }
        #expect(error?.message == message)
    }

    @Test("no text makes the parser or the evaluator fail in any other way")
    func fuzz() throws {
        var mutator = Mutator(
            samples: ["IF(AND(ISBLANK(Name), Amount__c > 10.5), 'a' & Name, TEXT(Due__c + 4))", "CASE(Name, 'x', 1, -2) ^ 3 / MOD(7, 2)"],
            words: ["(", ")", ",", "-", "!", "NULL", "DATE(", "Parent__r.", "9999999999", "\"", "/*", "&&", "MID("], salt: 77)
        for _ in 0..<Mutator.rounds(4000) {
            let text = mutator.text()
            guard let parsed = try? FormulaParser.parse(text, in: Self.scope) else { continue }
            let record = Record(values: [0: .text("x"), 1: .double(1e300), 2: .date(2_932_896)])
            _ = FormulaEvaluator(context: record).evaluate(parsed.expression)
        }
        #expect(throws: FormulaError.self) {
            try FormulaParser.parse(String(repeating: "(", count: 4000), in: Self.scope)
        }
    }
}
