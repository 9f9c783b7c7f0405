import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxStore

/// `/limits` and `/limits/recordCount`.
struct LimitRoutes: Sendable {
    let org: Org

    let usage: Usage
    /// Nil in an org whose records were never counted.
    let statistics: RecordStatistics?

    /// The keys a developer org has. What the org does counts down; the other limits stay whole.
    func limits(version: Int) -> Reply {
        var used = usage.ofLimits
        used["DailyApiRequests"] = usage.calls
        // Salesforce counts two kilobytes for nearly every record.
        used["DataStorageMB"] = org.read { state in state.tables.reduce(0) { $0 + $1.liveCount } } / 512
        var json = JSONWriter(capacity: 4096)
        json.object { json in
            for limit in OrgLimit.all where limit.since <= version {
                let maximum = limit.name == "DailyApiRequests" ? usage.quota : limit.maximum
                json.fieldObject(limit.name) { json in
                    json.field("Max", maximum)
                    json.field("Remaining", max(0, maximum - (used[limit.name] ?? 0)))
                    for application in limit.applications {
                        json.fieldObject(application) { json in
                            json.field("Max", 0)
                            json.field("Remaining", 0)
                        }
                    }
                }
            }
            json.fieldObject("PermissionSets") { json in
                json.field("Max", 1500)
                json.field("Remaining", 1500)
                json.fieldObject("CreateCustom") { json in
                    json.field("Max", 1000)
                    json.field("Remaining", 1000)
                }
            }
        }
        return .json(json)
    }

    /// Objects without rows are left out, as they are in a real org, and so are some that it does not count.
    func recordCount(_ call: APICall) -> Reply {
        let wanted = call.call.query["sObjects"].map { $0.split(separator: ",").map { $0.lowercased() } }
        let counts = statistics?.counts() ?? []
        var json = JSONWriter()
        json.object { json in
            json.fieldArray("sObjects") { json in
                for (name, count) in counts where count > 0 && wanted?.contains(name.lowercased()) ?? true {
                    json.object { json in
                        json.field("count", count)
                        json.field("name", name)
                    }
                }
            }
        }
        return .json(json)
    }
}
