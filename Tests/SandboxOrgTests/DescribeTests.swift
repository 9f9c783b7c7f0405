import Testing

@testable import SandboxOrg

@Suite("Describe")
struct DescribeTests {
    /// Recorded from a real org.
    private static let fieldKeys: Set<String> = [
        "aggregatable", "aiPredictionField", "autoNumber", "byteLength", "calculated", "calculatedFormula", "cascadeDelete",
        "caseSensitive",
        "compoundFieldName", "controllerName", "createable", "custom", "defaultValue", "defaultValueFormula", "defaultedOnCreate",
        "dependentPicklist", "deprecatedAndHidden", "digits", "displayLocationInDecimal", "encrypted", "externalId", "extraTypeInfo",
        "filterable", "filteredLookupInfo", "formulaTreatNullNumberAsZero", "groupable", "highScaleNumber", "htmlFormatted", "idLookup",
        "inlineHelpText", "label", "length", "mask", "maskType", "name", "nameField", "namePointing", "nillable", "permissionable",
        "picklistValues", "polymorphicForeignKey", "precision", "queryByDistance", "referenceTargetField", "referenceTo",
        "relationshipName", "relationshipOrder", "restrictedDelete", "restrictedPicklist", "scale", "searchPrefilterable", "soapType",
        "sortable", "type", "unique", "updateable", "writeRequiresMasterRead",
    ]
    private static let objectKeys: Set<String> = [
        "actionOverrides", "activateable", "associateEntityType", "associateParentEntity", "childRelationships", "compactLayoutable",
        "createable", "custom", "customSetting", "deepCloneable", "defaultImplementation", "deletable", "deprecatedAndHidden", "extendedBy",
        "extendsInterfaces", "feedEnabled", "fields", "hasSubtypes", "implementedBy", "implementsInterfaces", "isInterface", "isSubtype",
        "keyPrefix", "label", "labelPlural", "layoutable", "listviewable", "lookupLayoutable", "mergeable", "mruEnabled", "name",
        "namedLayoutInfos", "networkScopeFieldName", "queryable", "recordTypeInfos", "replicateable", "retrieveable", "searchLayoutable",
        "searchable", "sobjectDescribeOption", "supportedScopes", "triggerable", "undeletable", "updateable", "urls",
    ]

    @Test("versions are listed without a session, and everything else needs one")
    func versions() async throws {
        try await TestOrg.with { org in
            let versions = try await TestOrg.request("GET", org.server.url + "/services/data/")
            #expect(versions.list.count == 37)
            #expect(versions.list.first { $0["version"] as? String == "61.0" }?["label"] as? String == "Summer '24")
            #expect(versions.headers["sforce-limit-info"] == nil)
            #expect(try await TestOrg.request("GET", org.server.url + "/services/data/v60.0").status == 401)
            let resources = try await org.get("")
            #expect(resources.object["sobjects"] as? String == "/services/data/v60.0/sobjects")
            #expect(resources.headers["sforce-limit-info"] == "api-usage=1/15000")
            #expect(try await org.get("/services/data/v25.0/sobjects").status == 410)
            #expect(try await org.get("/services/data/v99.0/sobjects").status == 404)
        }
    }

    @Test("a describe has all the keys of a recorded one, and a field that says what it is")
    func describe() async throws {
        try await TestOrg.with { org in
            let account = try await org.get("/sobjects/Account/describe").object
            #expect(Set(account.keys) == Self.objectKeys)
            let fields = try #require(account["fields"] as? [[String: Any]])
            #expect(fields.allSatisfy { Set($0.keys) == Self.fieldKeys })
            #expect(fields.count >= 26)
            let byName = Dictionary(uniqueKeysWithValues: fields.map { ($0["name"] as? String ?? "", $0) })
            #expect(byName["Id"]?["type"] as? String == "id")
            #expect(byName["Id"]?["nillable"] as? Bool == false)
            #expect(byName["AnnualRevenue"]?["type"] as? String == "currency")
            #expect(byName["AnnualRevenue"]?["precision"] as? Int == 18)
            #expect(byName["External_Id__c"]?["externalId"] as? Bool == true)
            #expect(byName["External_Id__c"]?["unique"] as? Bool == true)
            #expect(byName["OwnerId"]?["referenceTo"] as? [String] == ["User"])
            #expect(byName["BillingAddress"]?["type"] as? String == "address")
            #expect(byName["BillingCity"]?["compoundFieldName"] as? String == "BillingAddress")
            #expect(byName["Name"]?["compoundFieldName"] as? String == "Name")
            #expect(byName["SystemModstamp"]?["createable"] as? Bool == false)
            #expect(byName["Description"]?["filterable"] as? Bool == false)
            let children = try #require(account["childRelationships"] as? [[String: Any]])
            #expect(children.contains { $0["childSObject"] as? String == "Contact" && $0["relationshipName"] as? String == "Contacts" })
        }
    }

    @Test("the global describe lists every object with the 28 keys, paths may be written carelessly")
    func global() async throws {
        try await TestOrg.with { org in
            let global = try await org.get("/services//data/V60.0/SObjects/")
            let objects = try #require(global.object["sobjects"] as? [[String: Any]])
            #expect(objects.count >= 40)
            #expect(objects.allSatisfy { $0.count == 28 })
            #expect(objects.contains { $0["name"] as? String == "Project__c" && $0["keyPrefix"] as? String == "a00" })
            #expect(try await org.get("/sobjects/account").object["objectDescribe"] is [String: Any])
            #expect(try await org.get("/sobjects/Nothing/describe").errorCode == "NOT_FOUND")
            #expect(try await org.call("POST", "/sobjects/Account/describe").errorCode == "METHOD_NOT_ALLOWED")
        }
    }
}
