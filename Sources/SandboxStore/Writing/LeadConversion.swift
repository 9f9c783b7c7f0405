import SandboxBytes
package import SandboxData

/// Makes an Account, a Contact and an Opportunity of a lead, and the lead one that cannot be changed any more.
package struct LeadConversion {
    package let writer: RecordWriter
    package let lead: RecordID

    package init(writer: RecordWriter, lead: RecordID) {
        self.writer = writer
        self.lead = lead
    }

    /// What came of it, by the names that Salesforce gives them; the first error ends it.
    package func run(_ state: inout OrgState) -> [(name: String, result: SaveResult)] {
        let schema = writer.schema
        guard let account = schema.object("Account"), let contact = schema.object("Contact"), let opportunity = schema.object("Opportunity")
        else { return [("leadId", .failed(RecordError(code: "INVALID_TYPE", message: "Account, Contact and Opportunity are needed")))] }
        guard state.tables[lead.object].isLive(lead.row) else { return [("leadId", .failed(.deleted))] }
        do {
            try writer.checkChangeable(lead, state: state)
        } catch {
            return [("leadId", .failed(error))]
        }
        let company = text("Company", state) ?? "Unknown"
        let made = writer.insert(account, [member("Name", company)], state: &state)
        guard let accountID = made.id, made.isSuccess else { return [("accountId", made)] }
        let parent = member("AccountId", schema.text(of: accountID))
        let person = ["FirstName", "LastName", "Email", "Phone", "Title"].compactMap { name in text(name, state).map { member(name, $0) } }
        let contactMade = writer.insert(contact, person + [parent], state: &state)
        guard let contactID = contactMade.id, contactMade.isSuccess else { return [("contactId", contactMade)] }
        let deal = [member("Name", "\(company)-"), member("StageName", "Prospecting"), member("CloseDate", day(writer.now)), parent]
        let opportunityMade = writer.insert(opportunity, deal, state: &state)
        guard let opportunityID = opportunityMade.id, opportunityMade.isSuccess else { return [("opportunityId", opportunityMade)] }
        let values: [(String, Value)] = [
            ("IsConverted", .bool(true)), ("Status", .text("Closed - Converted")), ("ConvertedDate", .date(Int(writer.now / 86_400))),
            ("ConvertedAccountId", .ref(accountID)), ("ConvertedContactId", .ref(contactID)),
            ("ConvertedOpportunityId", .ref(opportunityID)),
        ]
        let cells = values.compactMap { name, value in
            schema.objects[lead.object].fields.first { $0.name == name }.map { RowState.Cell(field: $0.index, value: value) }
        }
        state.tables[lead.object].update(lead.row, cells, user: writer.user, now: writer.now)
        return [
            ("leadId", SaveResult(id: lead)), ("accountId", made), ("contactId", contactMade), ("opportunityId", opportunityMade),
        ]
    }

    private func text(_ name: String, _ state: borrowing OrgState) -> String? {
        let rows = state.tables[lead.object].rows
        guard let field = rows.object.field(name), case .text(let text) = rows.value(lead.row, field) else { return nil }
        return text
    }

    private func member(_ name: String, _ text: String) -> JSON.Member { JSON.Member(key: name, value: .string(text)) }

    private func day(_ now: Int64) -> String {
        var writer = ByteWriter(capacity: 64)
        CivilTime.appendDate(Int(now / 86_400), to: &writer)
        return writer.string
    }
}
