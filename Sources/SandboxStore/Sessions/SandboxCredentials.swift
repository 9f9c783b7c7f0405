import SandboxData

/// The only way in: what `serve` prints, and what tests and the demo log in with.
public enum SandboxCredentials {
    /// The connected app's consumer key.
    public static let clientID = "sandbox-client"
    /// The connected app's consumer secret.
    public static let clientSecret = "sandbox-secret"
    /// The user all flows act as; the first row of User.
    public static let username = "admin@sandbox.example"
    /// There is no security token to append.
    public static let password = "sandbox-password"
    /// 18 characters.
    public static let organizationID = RecordIDText.text(prefix: Array("00D".utf8), number: 1)
}
