import HTTPTypes
import SandboxBytes
import SandboxData
import SandboxHTTP
import SandboxQuery
import SandboxStore

/// `/composite/graph`: several composite requests in one call, each of them done as a whole or not at all.
extension DataRoutes {
    private static let maximumGraphs = 75
    private static let maximumNodes = 500

    func graph(_ call: APICall) async throws(OrgError) -> Reply {
        guard call.method == .post else { throw .wrongMethod(call.method, allowed: "POST") }
        guard let graphs = try call.call.jsonObject()["graphs"]?.array, !graphs.isEmpty else {
            throw OrgError(.badRequest, "JSON_PARSER_ERROR", "graphs: a list of graphs is required")
        }
        guard graphs.count <= Self.maximumGraphs else {
            throw OrgError(.badRequest, "LIMIT_EXCEEDED", "graphs: \(graphs.count) graphs are more than the \(Self.maximumGraphs) allowed")
        }
        var seen: Set<String> = []
        var nodes = 0
        var parsed: [(id: String, requests: [JSON])] = []
        for graph in graphs {
            guard let id = graph["graphId"]?.string, !id.isEmpty else {
                throw OrgError(.badRequest, "JSON_PARSER_ERROR", "graphs: each graph needs a graphId and a compositeRequest")
            }
            guard seen.insert(id).inserted else { throw OrgError(.badRequest, "INVALID_INPUT", "Duplicate graphId provided (\(id)).") }
            let requests = try compositeRequests(graph, maximum: Self.maximumNodes, version: call.version)
            nodes += requests.count
            parsed.append((id, requests))
        }
        guard nodes <= Self.maximumNodes else {
            throw OrgError(.badRequest, "LIMIT_EXCEEDED", "graphs: \(nodes) nodes are more than the \(Self.maximumNodes) allowed")
        }
        var json = JSONWriter(capacity: 65_536)
        var answers: [(id: String, answers: CompositeAnswers)] = []
        for graph in parsed { answers.append((graph.id, await run(graph.requests, isAtomic: true, call))) }
        json.object { json in
            json.fieldArray("graphs") { json in
                for answer in answers {
                    json.object { json in
                        json.field("graphId", answer.id)
                        json.fieldObject("graphResponse") { json in answer.answers.write(to: &json) }
                        json.field("isSuccessful", !answer.answers.hasFailed)
                    }
                }
            }
        }
        return .json(json)
    }
}
