/// What all rules say of a connection and its mappings, in the shape of Heroku Connect's `validations`.
public struct Diagnosis: Sendable, Hashable {
    /// The mappings that were looked at, by object, in the order of the export; also those of which no rule says anything.
    public let objects: [String]
    /// What was found.
    public let findings: [Finding]

    /// A diagnosis.
    public init(objects: [String], findings: [Finding]) {
        self.objects = objects
        self.findings = findings
    }

    /// The gravest verdict, errors before warnings; nil when nothing was asked.
    public var worst: Finding.Verdict? {
        Finding.Verdict.allCases.first { verdict in findings.contains { $0.verdict == verdict } }
    }

    /// Four lists for the connection, and four for each mapping under `mappings`. None is ever left out: the CLI up to 0.12 needs them all.
    public var document: JSONValue {
        .object(lists { $0 == nil } + [.init("mappings", .object(objects.map { .init($0, document(of: $0)) }))])
    }

    /// The four lists of one mapping.
    public func document(of object: String) -> JSONValue {
        .object(lists { $0 == object })
    }

    private func lists(_ isAbout: (String?) -> Bool) -> [JSONValue.Member] {
        let names: [(String, Finding.Verdict)] = [("errors", .error), ("warnings", .warning), ("passes", .pass), ("skips", .skip)]
        return names.map { name, verdict in
            .init(name, .array(findings.filter { $0.verdict == verdict && isAbout($0.mapping) }.map(\.document)))
        }
    }
}

extension Finding {
    /// The item of a list.
    fileprivate var document: JSONValue {
        var members: [JSONValue.Member] = [
            .init("rule_id", .string(ruleID)), .init("display_name", .string(displayName)), .init("status", .string(verdict.status)),
            .init("message", .string(message)),
        ]
        if let documentation { members.append(.init("doc_url", .string(documentation))) }
        return .object(members)
    }
}

extension Finding.Verdict {
    fileprivate var status: String {
        switch self {
        case .error, .warning: "FAILED"
        case .pass: "PASSED"
        case .skip: "SKIPPED"
        }
    }
}
