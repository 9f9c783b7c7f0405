import CSandboxSchema
import Foundation

/// The objects that every org has, one file each in `Schema/Objects`, built into the program.
package enum BuiltInSchema {
    /// In the order of the global describe. The user comes first: every record is owned by one.
    private static let files: [(name: String, text: @Sendable () -> UnsafePointer<CChar>)] = [
        ("User", sandbox_User),
        ("Account", sandbox_Account),
        ("Contact", sandbox_Contact),
        ("Opportunity", sandbox_Opportunity),
        ("Lead", sandbox_Lead),
        ("Case", sandbox_Case),
        ("AccountHistory", sandbox_AccountHistory),
        ("Asset", sandbox_Asset),
        ("Attachment", sandbox_Attachment),
        ("Campaign", sandbox_Campaign),
        ("CampaignMember", sandbox_CampaignMember),
        ("CaseComment", sandbox_CaseComment),
        ("CaseStatus", sandbox_CaseStatus),
        ("Contract", sandbox_Contract),
        ("DandBCompany", sandbox_DandBCompany),
        ("Event", sandbox_Event),
        ("Group", sandbox_Group),
        ("GroupMember", sandbox_GroupMember),
        ("Individual", sandbox_Individual),
        ("LeadStatus", sandbox_LeadStatus),
        ("OperatingHours", sandbox_OperatingHours),
        ("OpportunityContactRole", sandbox_OpportunityContactRole),
        ("OpportunityHistory", sandbox_OpportunityHistory),
        ("OpportunityLineItem", sandbox_OpportunityLineItem),
        ("OpportunityStage", sandbox_OpportunityStage),
        ("Order", sandbox_Order),
        ("OrderItem", sandbox_OrderItem),
        ("Organization", sandbox_Organization),
        ("Pricebook2", sandbox_Pricebook2),
        ("PricebookEntry", sandbox_PricebookEntry),
        ("Product2", sandbox_Product2),
        ("Profile", sandbox_Profile),
        ("Project__c", sandbox_Project__c),
        ("Milestone__c", sandbox_Milestone__c),
        ("PushTopic", sandbox_PushTopic),
        ("QueueSobject", sandbox_QueueSobject),
        ("RecordType", sandbox_RecordType),
        ("Specimen__c", sandbox_Specimen__c),
        ("TabDefinition", sandbox_TabDefinition),
        ("Task", sandbox_Task),
        ("TaskStatus", sandbox_TaskStatus),
        ("UserLicense", sandbox_UserLicense),
        ("UserRole", sandbox_UserRole),
    ]

    /// Read once in a process: tests start many orgs.
    private static let read = Result { () throws(SchemaError) in
        SchemaDocument(objects: try files.map { name, text throws(SchemaError) in try object(name, String(cString: text())) })
    }

    package static func document() throws(SchemaError) -> SchemaDocument { try read.get() }

    private static func object(_ name: String, _ text: String) throws(SchemaError) -> ObjectDocument {
        try SchemaDocument.decode(ObjectDocument.self, Data(text.utf8), source: "built-in schema, \(name).json")
    }
}
