import WebServer

/// How far a set-up is.
struct SetupSteps {
    enum Step: Int, CaseIterable {
        case database = 1
        case salesforce
        case mappings

        var label: String {
            switch self {
            case .database: "Database"
            case .salesforce: "Salesforce"
            case .mappings: "Mappings"
            }
        }
    }

    let current: Step

    var html: HTML {
        let items = Step.allCases.map { step -> HTML in
            let mark: HTML = step == current ? " aria-current=\"step\"" : step.rawValue < current.rawValue ? " class=\"past\"" : ""
            return
                "<li\(mark)>\(step.rawValue). \(step.label)\(step.rawValue < current.rawValue ? "<span class=\"unseen\"> (done)</span>" : "")</li>"
        }
        return "<ol class=\"steps\" aria-label=\"Steps\">\(items)</ol>"
    }
}
