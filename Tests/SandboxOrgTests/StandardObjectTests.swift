import Testing

@testable import SandboxData
@testable import SandboxOrg
@testable import SandboxStore

@Suite("Standard objects")
struct StandardObjectTests {
    @Test("every object can be queried with all its fields, and has the rows that its file says")
    func everyObject() async throws {
        try await TestOrg.with { org in
            let schema = try SchemaBuilder(document: .builtIn(), rows: TestOrg.small.rows, seed: 1).build()
            #expect(schema.schema.objects.count >= 40)
            for object in schema.schema.objects {
                let count = try await org.query("SELECT COUNT() FROM \(object.name)")
                #expect(count.object["totalSize"] as? Int == schema.rows[object.index], "\(object.name)")
                let all = try await org.query("SELECT FIELDS(ALL) FROM \(object.name) LIMIT 5")
                #expect(all.status == 200, "\(object.name): \(all.text)")
                #expect(all.records.allSatisfy { $0.count == object.visibleFields.count + 1 }, "\(object.name)")
            }
        }
    }

    @Test("what refers to a product and a price by two ways comes to the same product")
    func products() async throws {
        try await TestOrg.with { org in
            let lines = try await org.query(
                "SELECT Product2Id, ProductCode, PricebookEntry.Product2Id, PricebookEntry.ProductCode, Opportunity.Name FROM OpportunityLineItem"
            ).records
            #expect(lines.count == 30)
            for line in lines {
                let entry = try #require(line["PricebookEntry"] as? [String: Any])
                #expect(line["Product2Id"] as? String == entry["Product2Id"] as? String)
                #expect(line["ProductCode"] as? String == entry["ProductCode"] as? String)
                #expect(line["Opportunity"] is [String: Any])
            }
            let items = try await org.query("SELECT Product2Id, PricebookEntry.Product2Id, Order.Status FROM OrderItem").records
            #expect(items.count == 30)
            for item in items {
                #expect(item["Product2Id"] as? String == (item["PricebookEntry"] as? [String: Any])?["Product2Id"] as? String)
            }
            #expect(try await org.query("SELECT COUNT() FROM Pricebook2 WHERE IsStandard = true").object["totalSize"] as? Int == 1)
        }
    }

    @Test("a campaign's member is a lead or a contact, and shows the name that one has")
    func members() async throws {
        try await TestOrg.with { org in
            let members = try await org.query(
                "SELECT LeadId, ContactId, LeadOrContactId, Name, Type, Lead.Name, Contact.Name, HasResponded, Status FROM CampaignMember"
            ).records
            #expect(members.count == 30)
            for member in members {
                let lead = member["LeadId"] as? String
                let contact = member["ContactId"] as? String
                #expect((lead == nil) != (contact == nil))
                #expect(member["LeadOrContactId"] as? String == lead ?? contact)
                let person = try #require((member["Lead"] ?? nil) as? [String: Any] ?? (member["Contact"] ?? nil) as? [String: Any])
                #expect(member["Name"] as? String == person["Name"] as? String)
                #expect(member["Type"] as? String == (lead == nil ? "Contact" : "Lead"))
                #expect(member["HasResponded"] as? Bool == (member["Status"] as? String == "Responded"))
            }
        }
    }

    @Test("an activity's Who is a contact or a lead, its What an account or an opportunity, and both kinds occur")
    func activities() async throws {
        try await TestOrg.with { org in
            for object in ["Task", "Event"] {
                let records = try await org.query("SELECT Who.Type, What.Type, Owner.Name FROM \(object)").records
                func types(_ name: String) -> Set<String> {
                    Set(records.compactMap { ($0[name] as? [String: Any])?["Type"] as? String })
                }
                #expect(types("Who") == ["Contact", "Lead"])
                #expect(types("What") == ["Account", "Opportunity"])
                #expect(records.allSatisfy { $0["Owner"] is [String: Any] })
            }
            let events = try await org.query("SELECT StartDateTime, ActivityDateTime, ActivityDate, DurationInMinutes FROM Event").records
            for event in events {
                let start = try #require(event["StartDateTime"] as? String)
                #expect(event["ActivityDateTime"] as? String == start)
                #expect(event["ActivityDate"] as? String == String(start.prefix(10)))
                #expect(event["DurationInMinutes"] as? Int == 60)
            }
        }
    }

    @Test("a stage says whether an opportunity is closed and won, and a close date which fiscal quarter it is in")
    func opportunities() async throws {
        try await TestOrg.with { org in
            let records = try await org.query(
                "SELECT StageName, IsClosed, IsWon, ForecastCategory, CloseDate, FiscalYear, FiscalQuarter, Fiscal FROM Opportunity"
            ).records
            for record in records {
                let stage = try #require(record["StageName"] as? String)
                #expect(record["IsClosed"] as? Bool == stage.hasPrefix("Closed"))
                #expect(record["IsWon"] as? Bool == (stage == "Closed Won"))
                let date = try #require(record["CloseDate"] as? String)
                let year = try #require(Int(date.prefix(4)))
                let quarter = try #require(Int(date.dropFirst(5).prefix(2))).advanced(by: 2) / 3
                #expect(record["FiscalYear"] as? Int == year)
                #expect(record["FiscalQuarter"] as? Int == quarter)
                #expect(record["Fiscal"] as? String == "\(year) \(quarter)")
            }
        }
    }

    @Test("describe tells the record types that an object has, and which one new records get")
    func recordTypes() async throws {
        try await TestOrg.with { org in
            func infos(_ object: String) async throws -> [[String: Any]] {
                try #require(try await org.get("/sobjects/\(object)/describe").object["recordTypeInfos"] as? [[String: Any]])
            }
            let types = try await infos("Specimen__c")
            #expect(types.map { $0["name"] as? String } == ["Common Specimen", "Rare Specimen", "Master"])
            #expect(types.map { $0["defaultRecordTypeMapping"] as? Bool } == [true, false, false])
            #expect(types.map { $0["master"] as? Bool } == [false, false, true])
            let rows = try await org.query("SELECT Id, Name, DeveloperName, SobjectType FROM RecordType ORDER BY Id").records
            #expect(rows.map { $0["Id"] as? String } == types.prefix(2).map { $0["recordTypeId"] as? String })
            let id = try #require(try await org.call("POST", "/sobjects/Specimen__c", body: "{}").object["id"] as? String)
            let created = try await org.query("SELECT RecordType.DeveloperName FROM Specimen__c WHERE Id = '\(id)'").records
            #expect((created.first?["RecordType"] as? [String: Any])?["DeveloperName"] as? String == "Common")
            #expect(try await infos("Account").map { $0["name"] as? String } == ["Master"])
        }
    }

    @Test("objects that are none of the user's business refuse writes, and describe says so")
    func readOnly() async throws {
        try await TestOrg.with { org in
            let profile = try #require(try await org.query("SELECT Id FROM Profile LIMIT 1").records.first?["Id"] as? String)
            let answer = try await org.call("DELETE", "/sobjects/Profile/\(profile)")
            #expect(answer.errorCode == "INVALID_TYPE_FOR_OPERATION")
            #expect(answer.errorMessage == "entity type Profile does not support delete")
            #expect(try await org.get("/sobjects/Profile/describe").object["deletable"] as? Bool == false)
            let organization = try #require(try await org.query("SELECT Id FROM Organization").records.first?["Id"] as? String)
            #expect(organization == SandboxCredentials.organizationID)
        }
    }
}
