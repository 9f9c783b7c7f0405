import HTTPTypes
import SandboxBytes
import SandboxData
package import SandboxHTTP
package import SandboxStore

/// `/event/eventSchema/{id}` and `/sobjects/AccountChangeEvent/eventSchema`: what a change event of an object can hold, as an Avro schema.
package struct EventSchemaRoutes: Sendable {
    package let org: Org

    package init(org: Org) {
        self.org = org
    }

    /// Nil when the path is none of these.
    package func respond(_ call: APICall) throws(OrgError) -> Reply? {
        let object: ObjectSchema?
        switch (call.word(0), call.count) {
        case ("event", 3) where call.word(1) == "eventschema":
            object = org.schema.objects.first { $0.hasChangeEvents && $0.changeEventSchemaID == call.segment(2) }
        case ("sobjects", 3) where call.word(2) == "eventschema":
            object = org.schema.objects.first { $0.hasChangeEvents && $0.changeEventName.lowercased() == call.word(1) }
        default: return nil
        }
        guard let object else { throw .notFound }
        guard call.method == .get else { throw .wrongMethod(call.method, allowed: "GET,HEAD") }
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("name", object.changeEventName)
            json.field("namespace", "com.sforce.eventbus")
            json.field("type", "record")
            json.fieldArray("fields") { json in
                Self.header(&json)
                Self.fields(of: object, &json)
            }
            json.field("uuid", object.changeEventSchemaID)
        }
        return .json(json)
    }

    private static func header(_ json: inout JSONWriter) {
        let kinds = ["CREATE", "UPDATE", "DELETE", "UNDELETE"] + ChangeGap.Kind.allCases.map(\.rawValue)
        json.object { json in
            json.field("name", "ChangeEventHeader")
            json.fieldObject("type") { json in
                json.field("type", "record")
                json.field("name", "ChangeEventHeader")
                json.fieldArray("fields") { json in
                    plain("entityName", "string", &json)
                    list("recordIds", &json)
                    json.object { json in
                        json.field("name", "changeType")
                        json.fieldObject("type") { json in
                            json.field("type", "enum")
                            json.field("name", "ChangeType")
                            json.fieldArray("symbols") { json in
                                for kind in kinds { json.value(kind) }
                            }
                        }
                    }
                    plain("changeOrigin", "string", &json)
                    plain("transactionKey", "string", &json)
                    plain("sequenceNumber", "int", &json)
                    plain("commitTimestamp", "long", &json)
                    plain("commitNumber", "long", &json)
                    plain("commitUser", "string", &json)
                    for name in ["nulledFields", "diffFields", "changedFields"] { list(name, &json) }
                }
            }
        }
    }

    private static func plain(_ name: String, _ type: String, _ json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.field("type", type)
        }
    }

    private static func list(_ name: String, _ json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.fieldObject("type") { json in
                json.field("type", "array")
                json.field("items", "string")
            }
        }
    }

    private static func fields(of object: ObjectSchema, _ json: inout JSONWriter) {
        var written: Set<String> = []
        for field in object.fields where field.isInChangeEvents {
            guard let compound = object.compound(of: field) else {
                optional(field.name, field.avroType, &json)
                continue
            }
            guard written.insert(compound.name).inserted else { continue }
            let parts = object.fields.filter { $0.isInChangeEvents && object.compound(of: $0)?.name == compound.name }
            json.object { json in
                json.field("name", compound.name)
                json.fieldArray("type") { json in
                    json.value("null")
                    json.object { json in
                        json.field("type", "record")
                        json.field("name", "\(object.changeEventName)\(compound.name)")
                        json.fieldArray("fields") { json in
                            for part in parts { optional(object.compound(of: part)?.component ?? part.name, part.avroType, &json) }
                        }
                    }
                }
                json.fieldNull("default")
            }
        }
        for (name, type) in [
            ("CreatedDate", "long"), ("CreatedById", "string"), ("LastModifiedDate", "long"), ("LastModifiedById", "string"),
        ] {
            optional(name, type, &json)
        }
    }

    private static func optional(_ name: String, _ type: String, _ json: inout JSONWriter) {
        json.object { json in
            json.field("name", name)
            json.fieldArray("type") { json in
                json.value("null")
                json.value(type)
            }
            json.fieldNull("default")
        }
    }
}

extension FieldSchema {
    fileprivate var avroType: String {
        switch type {
        case .boolean: "boolean"
        case .int: "int"
        case .double, .currency, .percent: "double"
        case .date, .datetime: "long"
        default: "string"
        }
    }
}
