import Catalog
import WebServer

/// What the form of a mapping says besides its fields: as it is stored, or as it was sent and refused.
struct MappingChoices: Sendable, Equatable {
    let access: MappingConfig.Access
    /// Seconds between polls, as they were written.
    let interval: String
    let isNotified: Bool
    let upsertField: String?
    /// Calls to Salesforce a day, as they were written.
    let calls: String
    let filter: String

    /// - Parameter config: a configuration; what it does not say is as it is for a new mapping.
    init(_ config: JSONValue) {
        access = config["access"]?.string.flatMap(MappingConfig.Access.init(rawValue:)) ?? .readOnly
        interval = config["sf_polling_seconds"]?.plain ?? "600"
        isNotified = config["sf_notify_enabled"] == true
        upsertField = config["upsert_field"]?.string
        calls = config["sf_max_daily_api_calls"]?.plain ?? String(MappingConfig.standardDailyAPICalls)
        filter = config["row_filter"]?.string ?? ""
    }

    /// A part of the form that says so.
    func html(objectName: String, identifiers: [FieldChoice]) -> HTML {
        """
        <div class="columns">
        \(accessChoice)
        \(options(objectName, identifiers))
        \(limits(objectName))
        </div>
        """
    }

    private var accessChoice: HTML {
        func choice(_ access: MappingConfig.Access, _ label: String, _ text: String) -> HTML {
            let mark: HTML = access == self.access ? " checked" : ""
            return """
                <label class="choice"><input type="radio" name="access" value="\(access.rawValue)"\(mark)>
                <span>\(label)<span class="detail">\(text)</span></span></label>
                """
        }
        return """
            <fieldset><legend>Access</legend>
            \(choice(.readOnly, "Read only", "Salesforce to Postgres"))
            \(choice(.readWrite, "Read and write", "changes in the table go to Salesforce, too"))
            </fieldset>
            """
    }

    private func options(_ objectName: String, _ identifiers: [FieldChoice]) -> HTML {
        let choices = identifiers.map { field -> HTML in
            let mark: HTML = field.name.lowercased() == upsertField?.lowercased() ? " selected" : ""
            return "<option value=\"\(field.name)\"\(mark)>\(field.name)</option>"
        }
        // What is stored and no choice any more is shown as it is, so that nobody changes it unseen.
        let isOffered = upsertField.map { name in identifiers.contains { $0.name.lowercased() == name.lowercased() } } ?? true
        let former: HTML =
            isOffered ? "" : "<option selected value=\"\(upsertField ?? "")\">\(upsertField ?? "") (not a unique External ID)</option>"
        let hint: HTML = identifiers.isEmpty ? "<p class=\"detail\">\(objectName) has no External ID that Salesforce keeps unique.</p>" : ""
        return """
            <fieldset><legend>Synchronization</legend>
            <label for="interval">Poll every (seconds)</label>
            <input id="interval" name="interval" type="number" min="1" max="2147483647" value="\(interval)" required>
            <label class="choice"><input type="checkbox" name="notify" value="1"\(isNotified ? " checked" : "")>
            <span>Accelerated polling<span class="detail">change events are read as they happen, where the object has them</span></span></label>
            <label for="upsert">Unique identifier</label>
            <select id="upsert" name="upsert"><option value="">none</option>\(choices)\(former)</select>
            \(hint)
            </fieldset>
            """
    }

    private func limits(_ objectName: String) -> HTML {
        """
        <fieldset><legend>Limits</legend>
        <label for="filter">Only records where (a condition of SOQL)</label>
        <textarea id="filter" name="filter" rows="2" maxlength="4000" spellcheck="false" placeholder="Type = 'Customer'" aria-describedby="filter-hint">\(filter)</textarea>
        <p class="detail" id="filter-hint">What would stand behind <code>WHERE</code>; empty maps all records of \(objectName).</p>
        <label for="calls">Salesforce calls a day, at most</label>
        <input id="calls" name="calls" type="number" min="1" max="2147483647" value="\(calls)" required>
        <p class="detail">When they are spent, polls rest until 00:00 UTC. Writes and what people ask for go on.</p>
        </fieldset>
        """
    }
}
