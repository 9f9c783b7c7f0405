/// What a metric means.
public struct MetricDescription: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// One sentence for people.
    public let help: String
    /// Upper bounds, ascending, if it is a distribution; nil for those of durations.
    public let buckets: [Double]?

    /// Describes a metric.
    public init(_ name: String, _ help: String, buckets: [Double]? = nil) {
        self.name = name
        self.help = help
        self.buckets = buckets
    }
}
