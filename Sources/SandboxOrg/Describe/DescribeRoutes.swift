import HTTPTypes

/// `/sobjects`, `/sobjects/X` (GET) and `/sobjects/X/describe`.
struct DescribeRoutes: Sendable {
    let org: Org
    let instanceURL: @Sendable () -> String

    private func describe(_ object: ObjectSchema, _ call: APICall) -> ObjectDescribe {
        ObjectDescribe(object: object, schema: org.schema, version: call.version, instanceURL: instanceURL())
    }

    /// The schema does not change while the org runs, so its describes are as old as its oldest rows.
    private static let modified = GeneratedTimes.base

    /// Nil unless the client has a copy already: then there is nothing to send.
    func notModified(_ call: APICall) -> Reply? {
        guard let text = call.call.header("If-Modified-Since"), let since = HTTPDate.parse(text), since >= Self.modified else { return nil }
        return stamped(Reply(status: .notModified, body: .empty))
    }

    func stamped(_ reply: Reply) -> Reply {
        var reply = reply
        reply.headers[.lastModified] = HTTPDate.text(Self.modified)
        reply.headers[.eTag] = "\"5a2f\(org.schema.objects.count)\""
        return reply
    }

    func global(_ call: APICall) -> Reply {
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

    func basic(_ object: ObjectSchema, _ call: APICall, recent: RecentRecords) -> Reply {
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            json.key("objectDescribe")
            describe(object, call).writeEntry(&json)
            json.fieldArray("recentItems") { json in recent.write(org, object: object, limit: 5, base: call.base, to: &json) }
        }
        return .json(json)
    }

    func full(_ object: ObjectSchema, _ call: APICall) -> Reply {
        var json = JSONWriter(capacity: 131_072)
        describe(object, call).write(&json)
        return .json(json)
    }
}
