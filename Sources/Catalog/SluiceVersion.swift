/// Which release of Sluice this is. The API's contracts have versions of their own; `ProcessVersion` tells builds of one release apart.
public enum SluiceVersion {
    /// By semantic versioning (https://semver.org); CHANGELOG.md says what changed.
    public static let number = "0.9.0"
}
