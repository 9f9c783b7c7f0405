import SandboxBytes
import SandboxData
import SandboxQuery
import SandboxStore

/// The `urls` of a describe: where an object's own resources are.
struct ObjectResources {
    let object: ObjectSchema
    /// `/services/data/v60.0/sobjects/Account`
    let path: String
    let version: Int

    private static let usual = [
        "compactLayouts", "rowTemplate", "approvalLayouts", "listviews", "describe", "quickActions", "layouts", "sobject",
    ]

    /// With the pages for people as well when the address of the org is given, as the full describe has them.
    func write(_ json: inout JSONWriter, instanceURL: String?) {
        json.fieldObject("urls") { json in
            for name in object.document.urls ?? Self.usual {
                if let url = url(name, isFull: instanceURL != nil) { json.field(name, url) }
                guard name == "rowTemplate", let instanceURL else { continue }
                json.field("uiDetailTemplate", "\(instanceURL)/{ID}")
                json.field("uiEditTemplate", "\(instanceURL)/{ID}/e")
                // Recorded at version 48, and no more at later ones.
                if version < 50 { json.field("defaultValues", "\(path)/defaultValues?recordTypeId&fields") }
                json.field("uiNewRecord", "\(instanceURL)/\(object.document.keyPrefix)/e")
            }
        }
    }

    private func url(_ name: String, isFull: Bool) -> String? {
        switch name {
        case "sobject": path
        case "describe": "\(path)/describe"
        case "rowTemplate": "\(path)/{ID}"
        case "compactLayouts", "approvalLayouts", "layouts": "\(path)/describe/\(name)"
        case "caseArticleSuggestions": "\(path)/suggestedArticles"
        case "caseRowArticleSuggestions": "\(path)/{ID}/suggestedArticles"
        case "eventSeriesUpdates": isFull ? "\(path)/{ID}/fromThisEventOnwards" : nil
        case "namedLayouts": "\(path)/describe/namedLayouts/{LayoutName}"
        case "passwordUtilities": "\(path)/{ID}/password"
        default: "\(path)/\(name)"
        }
    }
}
