/// One rule of a diagnosis: what programs and people call it. Its findings are made here, so that a rule has one name wherever it is asked.
public struct DiagnosisRule: Sendable, Hashable {
    /// For programs, such as `INDEXES_MUST_EXIST`.
    public let id: String
    /// For people, such as `Indexes`.
    public let name: String

    /// A rule.
    public init(_ id: String, _ name: String) {
        self.id = id
        self.name = name
    }

    /// Something does not work, or will not.
    ///
    /// - Parameter remedy: what to do about it, a sentence without its full stop.
    public func error(_ message: String, remedy: String, mapping: String? = nil) -> Finding {
        Finding(id, name, .error, "\(message). What to do: \(remedy).", mapping: mapping)
    }

    /// Something works, but somebody should look at it.
    ///
    /// - Parameter remedy: what to do about it, a sentence without its full stop.
    public func warning(_ message: String, remedy: String, mapping: String? = nil) -> Finding {
        Finding(id, name, .warning, "\(message). What to do: \(remedy).", mapping: mapping)
    }

    /// In order.
    public func pass(_ message: String, mapping: String? = nil) -> Finding {
        Finding(id, name, .pass, "\(message).", mapping: mapping)
    }

    /// Nothing can be said of it, and why.
    public func skip(_ message: String, mapping: String? = nil) -> Finding {
        Finding(id, name, .skip, "\(message).", mapping: mapping)
    }

    /// A warning beyond one bound, an error beyond a second.
    public func judge(_ value: Double, warnFrom: Double, failFrom: Double, _ message: String, remedy: String, mapping: String? = nil)
        -> Finding
    {
        if value >= failFrom { return error(message, remedy: remedy, mapping: mapping) }
        if value >= warnFrom { return warning(message, remedy: remedy, mapping: mapping) }
        return pass(message, mapping: mapping)
    }
}
