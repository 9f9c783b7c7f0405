/// What a change of the schema means for the rows. Salesforce changes no stamps then, and neither does this.
package enum SchemaEffect: Sendable {
    /// There is a new object.
    case table(object: Int)
    /// Written values of a field become others.
    case rewrite(object: Int, field: Int, @Sendable (Value) -> Value)
    /// A field's values have to be unique from here on.
    case index(object: Int, field: Int)
}
