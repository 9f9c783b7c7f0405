/// `TYPEOF What WHEN Account THEN Phone ELSE Name END`: what is selected depends on the object that the reference leads to.
struct TypeOf: Sendable {
    let reference: FieldSchema
    /// The name of the relationship, which is the key in the row.
    let name: String
    /// By the object's place in the schema.
    let branches: [Int: [BoundField]]
    /// Of any other object; nil when those are null.
    let otherwise: [BoundField]?
}
