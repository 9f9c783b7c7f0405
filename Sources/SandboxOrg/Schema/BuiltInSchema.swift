import Foundation

/// The objects that every org has, one file each in `Schema/Objects`, built into the program.
enum BuiltInSchema {
    /// In the order of the global describe. The user comes first: every record is owned by one.
    private static let files: [(name: String, bytes: [UInt8])] = [
        ("User", PackageResources.User_json),
        ("Account", PackageResources.Account_json),
        ("Contact", PackageResources.Contact_json),
        ("Opportunity", PackageResources.Opportunity_json),
        ("Lead", PackageResources.Lead_json),
        ("Case", PackageResources.Case_json),
        ("Project__c", PackageResources.Project__c_json),
        ("PushTopic", PackageResources.PushTopic_json),
    ]

    /// Read once in a process: tests start many orgs.
    private static let read = Result { () throws(SchemaError) in
        SchemaDocument(objects: try files.map { name, bytes throws(SchemaError) in try object(name, bytes) })
    }

    static func document() throws(SchemaError) -> SchemaDocument { try read.get() }

    private static func object(_ name: String, _ bytes: [UInt8]) throws(SchemaError) -> ObjectDocument {
        try SchemaDocument.decode(ObjectDocument.self, Data(bytes), source: "built-in schema, \(name).json")
    }
}
