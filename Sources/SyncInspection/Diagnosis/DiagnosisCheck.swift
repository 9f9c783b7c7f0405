public import Catalog

/// One part of a diagnosis: looks at the world and says what it found. What it throws becomes a finding that says it could not be asked.
public protocol DiagnosisCheck: Sendable {
    /// What it looks at, for people.
    var name: String { get }

    /// What it found; also what is in order, and what could not be asked.
    func findings(_ world: DiagnosisWorld) async throws -> [Finding]
}
