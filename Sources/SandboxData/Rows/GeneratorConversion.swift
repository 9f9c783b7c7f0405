/// What a field's generated values were before it was changed, and how they became what they are.
package final class GeneratorConversion: Sendable {
    private let generator: FieldGenerator
    private let convert: @Sendable (Value) -> Value

    init(_ generator: FieldGenerator, _ convert: @escaping @Sendable (Value) -> Value) {
        self.generator = generator
        self.convert = convert
    }

    package func value(_ row: Int) -> Value { convert(generator.value(row)) }
}

extension FieldGenerator {
    /// Makes the values of another generator, converted.
    ///
    /// The conversion is never freed: generators are copied in the org's hottest loops and count no references there, and a process sees few
    /// changes of its schema.
    package init(converting generator: FieldGenerator, _ convert: @escaping @Sendable (Value) -> Value) {
        self.init(source: .converted(Unmanaged.passRetained(GeneratorConversion(generator, convert))), salt: generator.salt, nulls: 0)
    }
}
