@testable import SandboxOrg

/// Objects with masters, details and lookups that mind what becomes of their parents.
enum ProjectOrg {
    private static let name = #"{"name":"Name","type":"string","length":80,"nillable":false,"nameField":true}"#

    static let plan = """
        {"name":"Plan__c","label":"Plan","keyPrefix":"a0R","rows":0,"fields":[
          \(name),
          {"name":"Step_Count__c","type":"double","precision":18,"scale":0,"rollUp":{"object":"Step__c","reference":"Plan__c","function":"count"}},
          {"name":"Open_Cost__c","type":"currency","precision":18,"scale":2,"rollUp":{"object":"Step__c","reference":"Plan__c","function":"sum","field":"Cost__c","filter":"NOT(Done__c)"}},
          {"name":"First_Due__c","type":"date","rollUp":{"object":"Step__c","reference":"Plan__c","function":"min","field":"Due__c"}},
          {"name":"Last_Due__c","type":"date","rollUp":{"object":"Step__c","reference":"Plan__c","function":"max","field":"Due__c"}},
          {"name":"State__c","type":"string","formula":{"expression":"IF(Step_Count__c = 0, 'empty', IF(Open_Cost__c > 100, 'costly', 'fine'))"}}
        ]}
        """

    static let step = """
        {"name":"Step__c","label":"Step","keyPrefix":"a0S","rows":0,"fields":[
          \(name),
          {"name":"Plan__c","type":"reference","label":"Plan","referenceTo":["Plan__c"],"relationshipName":"Plan__r","childRelationshipName":"Steps__r","masterDetail":true,"reparentable":true},
          {"name":"Cost__c","type":"currency","precision":18,"scale":2},
          {"name":"Due__c","type":"date"},
          {"name":"Done__c","type":"boolean","generate":{"kind":"none"}},
          {"name":"Plan_Name__c","type":"string","formula":{"expression":"UPPER(Plan__r.Name) & ': ' & Name"}},
          {"name":"Days_Left__c","type":"double","precision":18,"scale":0,"formula":{"expression":"Due__c - TODAY()"}},
          {"name":"Is_Late__c","type":"boolean","formula":{"expression":"NOT(Done__c) && Due__c < TODAY()"}},
          {"name":"Review__c","type":"date","formula":{"expression":"Due__c + 14"}}
        ]}
        """

    static let note = """
        {"name":"Note__c","label":"Note","keyPrefix":"a0T","rows":0,"fields":[
          \(name),
          {"name":"Step__c","type":"reference","label":"Step","referenceTo":["Step__c"],"relationshipName":"Step__r","childRelationshipName":"Notes__r","masterDetail":true},
          {"name":"Plan__c","type":"reference","label":"Plan","referenceTo":["Plan__c"],"relationshipName":"Plan__r","childRelationshipName":"Notes__r","whenParentIsDeleted":"clear"}
        ]}
        """

    static let contract = """
        {"name":"Deal__c","label":"Deal","keyPrefix":"a0U","rows":0,"fields":[
          \(name),
          {"name":"Plan__c","type":"reference","label":"Plan","referenceTo":["Plan__c"],"relationshipName":"Plan__r","childRelationshipName":"Deals__r","whenParentIsDeleted":"restrict"}
        ]}
        """

    static func with(_ body: (TestOrg) async throws -> Void) async throws {
        try await RuleOrg.with([plan, step, note, contract], body)
    }
}
