import Foundation

/// The objects that every org has, one file each in `Schema/Objects`, built into the program.
package enum BuiltInSchema {
    /// In the order of the global describe. The user comes first: every record is owned by one.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("User", PackageResources.User_json),
        ("Account", PackageResources.Account_json),
        ("Contact", PackageResources.Contact_json),
        ("Opportunity", PackageResources.Opportunity_json),
        ("Lead", PackageResources.Lead_json),
        ("Case", PackageResources.Case_json),
        ("AccountHistory", PackageResources.AccountHistory_json),
        ("Asset", PackageResources.Asset_json),
        ("Attachment", PackageResources.Attachment_json),
        ("Campaign", PackageResources.Campaign_json),
        ("CampaignMember", PackageResources.CampaignMember_json),
        ("CaseComment", PackageResources.CaseComment_json),
        ("CaseStatus", PackageResources.CaseStatus_json),
        ("Contract", PackageResources.Contract_json),
        ("DandBCompany", PackageResources.DandBCompany_json),
        ("Event", PackageResources.Event_json),
        ("Group", PackageResources.Group_json),
        ("GroupMember", PackageResources.GroupMember_json),
        ("Individual", PackageResources.Individual_json),
        ("LeadStatus", PackageResources.LeadStatus_json),
        ("OperatingHours", PackageResources.OperatingHours_json),
        ("OpportunityContactRole", PackageResources.OpportunityContactRole_json),
        ("OpportunityHistory", PackageResources.OpportunityHistory_json),
        ("OpportunityLineItem", PackageResources.OpportunityLineItem_json),
        ("OpportunityStage", PackageResources.OpportunityStage_json),
        ("Order", PackageResources.Order_json),
        ("OrderItem", PackageResources.OrderItem_json),
        ("Organization", PackageResources.Organization_json),
        ("Pricebook2", PackageResources.Pricebook2_json),
        ("PricebookEntry", PackageResources.PricebookEntry_json),
        ("Product2", PackageResources.Product2_json),
        ("Profile", PackageResources.Profile_json),
        ("Project__c", PackageResources.Project__c_json),
        ("Milestone__c", PackageResources.Milestone__c_json),
        ("PushTopic", PackageResources.PushTopic_json),
        ("QueueSobject", PackageResources.QueueSobject_json),
        ("RecordType", PackageResources.RecordType_json),
        ("Specimen__c", PackageResources.Specimen__c_json),
        ("TabDefinition", PackageResources.TabDefinition_json),
        ("Task", PackageResources.Task_json),
        ("TaskStatus", PackageResources.TaskStatus_json),
        ("UserLicense", PackageResources.UserLicense_json),
        ("UserRole", PackageResources.UserRole_json),
    ]

    /// Read once in a process: tests start many orgs.
    private static let read = Result { () throws(SchemaError) in
        SchemaDocument(objects: try files.map { name, bytes throws(SchemaError) in try object(name, bytes) })
    }

    package static func document() throws(SchemaError) -> SchemaDocument { try read.get() }

    private static func object(_ name: String, _ bytes: [UInt8]) throws(SchemaError) -> ObjectDocument {
        try SchemaDocument.decode(ObjectDocument.self, Data(bytes), source: "built-in schema, \(name).json")
    }
}
