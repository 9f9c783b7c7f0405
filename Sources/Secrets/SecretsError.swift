/// Why a cryptographic operation could not be done.
public struct SecretsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure; new kinds may be added.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The kind's name.
        public let description: String

        private init(_ description: String) {
            self.description = description
        }

        /// A key has the wrong form.
        public static let malformedKey = Code("malformedKey")
        /// A sealed text has the wrong form, or a version that this program does not know.
        public static let malformedSealedText = Code("malformedSealedText")
        /// A sealed text was changed, belongs to another context, or was sealed with another key.
        public static let cannotOpen = Code("cannotOpen")
        /// OpenSSL failed where it normally cannot.
        public static let library = Code("library")
    }

    /// The kind of failure.
    public let code: Code
    /// What was expected.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func library(_ operation: String) -> SecretsError {
        SecretsError(.library, "OpenSSL failed in \(operation)")
    }

    /// One line for logs.
    public var description: String { "\(code): \(message)" }
}
