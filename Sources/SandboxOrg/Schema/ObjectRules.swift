/// The rules of one object, ready for use. Most objects have few or none, and pay for none.
struct ObjectRules: Sendable {
    struct Validation: Sendable {
        enum Condition: Sendable {
            case formula(FormulaExpression)
            case equals(String)
            case contains(String)
        }

        let condition: Condition
        /// The field's place, and its name.
        let field: (index: Int, name: String)?
        let message: String
    }

    struct Trigger: Sendable {
        let document: TriggerDocument
        let condition: FormulaExpression
    }

    struct Duplicate: Sendable {
        let document: DuplicateRuleDocument
        let fields: [Int]
    }

    /// A field that follows others of the record unless a write names it.
    struct Following: Sendable {
        let field: Int
        let expression: FormulaExpression
        let sources: Set<Int>
    }

    var validations: [Validation] = []
    var triggers: [Trigger] = []
    var duplicates: [Duplicate] = []
    var followings: [Following] = []

    func triggers(on event: TriggerDocument.Event) -> [Trigger] { triggers.filter { $0.document.events.contains(event) } }
}

/// A reference to an object whose records are being deleted.
struct Dependent: Sendable {
    let object: ObjectSchema
    let field: FieldSchema
}

/// A roll-up, ready for use.
struct RollUp: Sendable {
    /// The object below, and its reference to the one that has the roll-up.
    let child: Int
    let reference: Int
    let function: RollUpDocument.Function
    let field: Int?
    let filter: FormulaExpression?
    /// Fields of the object below whose changes can change the result.
    let watched: Set<Int>
}

/// A field that records of some object are summed up in.
struct RollUpTarget: Sendable {
    let object: Int
    let field: FieldSchema
    let rollUp: RollUp
}
