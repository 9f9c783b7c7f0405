import HTTPTypes
import SandboxBytes
package import SandboxData
package import SandboxHTTP
import SandboxQuery
package import SandboxStore

/// `/sobjects`, `/sobjects/X` (GET) and `/sobjects/X/describe`.
package struct DescribeRoutes: Sendable {
    package let org: Org
    package let instanceURL: @Sendable () -> String

    package init(org: Org, instanceURL: @escaping @Sendable () -> String) {
        self.org = org
        self.instanceURL = instanceURL
    }

    private func describe(_ object: ObjectSchema, _ call: APICall) -> ObjectDescribeWriter {
        ObjectDescribeWriter(object: object, schema: org.schema, version: call.version, instanceURL: instanceURL())
    }

    /// Nil unless the client has a copy already: then there is nothing to send.
    ///
    /// - Parameter object: Whose describe it is; nil for the global one.
    package func notModified(_ call: APICall, _ object: ObjectSchema? = nil) -> Reply? {
        guard let text = call.call.header("If-Modified-Since"), let since = HTTPDate.parse(text),
            since >= object?.modified ?? org.schema.modified
        else { return nil }
        return stamped(Reply(status: .notModified, body: .empty), object)
    }

    package func stamped(_ reply: Reply, _ object: ObjectSchema? = nil) -> Reply {
        let modified = object?.modified ?? org.schema.modified
        var reply = reply
        reply.headers[.lastModified] = HTTPDate.text(modified)
        reply.headers[.eTag] = "\"\(String(modified, radix: 16))\(object?.fields.count ?? org.schema.objects.count)\""
        return reply
    }

    package func global(_ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 16_384)
        json.object { json in
            json.field("encoding", "UTF-8")
            json.field("maxBatchSize", 200)
            json.fieldArray("sobjects") { json in
                for object in org.schema.objects { describe(object, call).writeEntry(&json) }
            }
        }
        return .json(json)
    }

    package func basic(_ object: ObjectSchema, _ call: APICall, recent: RecentRecords) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.key("objectDescribe")
            describe(object, call).writeEntry(&json)
            json.fieldArray("recentItems") { json in recent.write(org, object: object, limit: 5, base: call.base, to: &json) }
        }
        return .json(json)
    }

    package func full(_ object: ObjectSchema, _ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 131_072)
        var describe = describe(object, call)
        describe.recordTypes = org.schema.object("RecordType").map { org.snapshot().stores[$0.index] }
        describe.write(&json)
        return .json(json)
    }
}
