import SandboxHTTP
import SandboxStore

extension ChangeOrigin {
    /// `com/salesforce/api/rest/60.0;client=NAME`: the client is what the header Sforce-Call-Options says.
    static func of(_ call: Call) -> String {
        guard call.word(0) == "services" else { return "" }
        let api: String
        let version: String
        switch call.word(1) {
        case "data" where call.word(3) == "jobs": (api, version) = ("bulkapi", call.word(2))
        case "data": (api, version) = ("rest", call.word(2))
        case "async": (api, version) = ("bulkapi", call.word(2))
        case "soap": (api, version) = ("soap", call.word(3))
        default: return ""
        }
        var text = "com/salesforce/api/\(api)/\(version.drop { !$0.isNumber })"
        if let client = client(call.header("Sforce-Call-Options")) { text += ";client=\(client)" }
        return text
    }

    /// `client=NAME, defaultNamespace=ns`
    private static func client(_ options: String?) -> String? {
        for option in (options ?? "").split(separator: ",") {
            let parts = option.split(separator: "=", maxSplits: 1).map { $0.filter { !$0.isWhitespace } }
            if parts.count == 2, parts[0].lowercased() == "client" { return parts[1] }
        }
        return nil
    }
}
