/// The rules of one object, ready for use. Most objects have few or none, and pay for none.
package struct ObjectRules: Sendable {
    package struct Validation: Sendable {
        package enum Condition: Sendable {
            case formula(FormulaExpression)
            case equals(String)
            case contains(String)
        }

        package let condition: Condition
        /// The field's place, and its name.
        package let field: (index: Int, name: String)?
        package let message: String
    }

    package struct Trigger: Sendable {
        package let document: TriggerDocument
        package let condition: FormulaExpression
    }

    package struct Duplicate: Sendable {
        package let document: DuplicateRuleDocument
        package let fields: [Int]
    }

    /// A field that follows others of the record unless a write names it.
    package struct Following: Sendable {
        package let field: Int
        package let expression: FormulaExpression
        package let sources: Set<Int>
    }

    package var validations: [Validation] = []
    package var triggers: [Trigger] = []
    package var duplicates: [Duplicate] = []
    package var followings: [Following] = []

    package func triggers(on event: TriggerDocument.Event) -> [Trigger] { triggers.filter { $0.document.events.contains(event) } }
}

/// A reference to an object whose records are being deleted.
package struct Dependent: Sendable {
    package let object: ObjectSchema
    package let field: FieldSchema
}

/// A roll-up, ready for use.
package struct RollUp: Sendable {
    /// The object below, and its reference to the one that has the roll-up.
    package let child: Int
    package let reference: Int
    package let function: RollUpDocument.Function
    package let field: Int?
    package let filter: FormulaExpression?
    /// Fields of the object below whose changes can change the result.
    package let watched: Set<Int>
}

/// A field that records of some object are summed up in.
package struct RollUpTarget: Sendable {
    package let object: Int
    package let field: FieldSchema
    package let rollUp: RollUp
}
