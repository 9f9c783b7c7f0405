import SandboxData

/// Hides what an encrypted text field holds. The org's user is none who may see it, so the text itself is not even kept.
struct SecretMask {
    private let character: Character
    /// How many characters at the end stay to be seen.
    private let shown: Int

    init(_ field: FieldSchema) {
        character = field.document.describe?.mask == "X" ? "X" : "*"
        shown = field.document.describe?.maskType == "all" ? 0 : 4
    }

    func hide(_ text: String) -> String {
        String(repeating: character, count: max(text.count - shown, 0)) + text.suffix(shown)
    }
}
