package import SandboxData

extension RecordError {
    /// Nobody can do this to records of some objects, such as create an Organization; of others only this user cannot.
    package static func refused(_ operation: TriggerDocument.Event, _ object: ObjectSchema) -> RecordError {
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

    /// - Parameter ids: Of what somebody else holds, 15 characters each.
    package static func lockedRow(_ ids: [String]) -> RecordError {
        RecordError(
            code: "UNABLE_TO_LOCK_ROW",
            message: "unable to obtain exclusive access to this record or \(max(ids.count, 1)) records: \(ids.joined(separator: ","))")
    }
}
