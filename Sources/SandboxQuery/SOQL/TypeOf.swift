package import SandboxData

/// `TYPEOF What WHEN Account THEN Phone ELSE Name END`: what is selected depends on the object that the reference leads to.
package struct TypeOf: Sendable {
    package let reference: FieldSchema
    /// The name of the relationship, which is the key in the row.
    package let name: String
    /// By the object's place in the schema.
    let branches: [Int: [BoundField]]
    /// Of any other object; nil when those are null.
    package let otherwise: [BoundField]?
}
