/// All series of one name, at one moment.
public struct MetricFamily: Sendable, Hashable {
    /// What its values mean.
    public enum Kind: String, Sendable, Hashable {
        /// Only ever grows, but for a restart.
        case counter
        /// Goes up and down.
        case gauge
        /// A distribution: how many values were at most so large.
        case histogram
    }

    /// One line: a value under some labels.
    public struct Sample: Sendable, Hashable {
        /// What is appended to the family's name: `_bucket`, `_sum` and `_count` of a histogram.
        public let suffix: String
        /// Names and values, in the order in which they are shown.
        public let labels: [Label]
        /// The value.
        public let value: Double

        /// A line.
        public init(_ value: Double, labels: [Label] = [], suffix: String = "") {
            self.value = value
            self.labels = labels
            self.suffix = suffix
        }
    }

    /// A label.
    public struct Label: Sendable, Hashable {
        /// Its name.
        public let name: String
        /// Its value, any text.
        public let value: String

        /// A label.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The name: letters, digits, underscores and colons.
    public let name: String
    /// One sentence for people.
    public let help: String
    /// What the values mean.
    public let kind: Kind
    /// The series.
    public let samples: [Sample]

    /// A family.
    public init(name: String, help: String, kind: Kind, samples: [Sample]) {
        self.name = name
        self.help = help
        self.kind = kind
        self.samples = samples
    }
}
