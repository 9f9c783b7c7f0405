extension RecordError {
    /// Nobody can do this to records of some objects, such as create an Organization; of others only this user cannot.
    static func refused(_ operation: TriggerDocument.Event, _ object: ObjectSchema) -> RecordError {
        let flags = object.document.describe
        let (isKnown, name) =
            switch operation {
            case .insert: (flags?.createable, "create")
            case .update: (flags?.updateable, "update")
            case .delete: (flags?.deletable, "delete")
            }
        guard isKnown == false else { return .readOnly }
        return RecordError(code: "INVALID_TYPE_FOR_OPERATION", message: "entity type \(object.name) does not support \(name)")
    }
}
