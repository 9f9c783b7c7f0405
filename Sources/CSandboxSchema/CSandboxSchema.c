#include "CSandboxSchema.h"

const char *sandbox_Account(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Account.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_AccountHistory(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/AccountHistory.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Asset(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Asset.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Attachment(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Attachment.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Campaign(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Campaign.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_CampaignMember(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/CampaignMember.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Case(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Case.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_CaseComment(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/CaseComment.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_CaseStatus(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/CaseStatus.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Contact(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Contact.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Contract(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Contract.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_DandBCompany(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/DandBCompany.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Event(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Event.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Group(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Group.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_GroupMember(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/GroupMember.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Individual(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Individual.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Lead(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Lead.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_LeadStatus(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/LeadStatus.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Milestone__c(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Milestone__c.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OperatingHours(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OperatingHours.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Opportunity(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Opportunity.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OpportunityContactRole(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OpportunityContactRole.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OpportunityHistory(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OpportunityHistory.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OpportunityLineItem(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OpportunityLineItem.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OpportunityStage(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OpportunityStage.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Order(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Order.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_OrderItem(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/OrderItem.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Organization(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Organization.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Pricebook2(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Pricebook2.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_PricebookEntry(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/PricebookEntry.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Product2(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Product2.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Profile(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Profile.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Project__c(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Project__c.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_PushTopic(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/PushTopic.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_QueueSobject(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/QueueSobject.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_RecordType(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/RecordType.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Specimen__c(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Specimen__c.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_TabDefinition(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/TabDefinition.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_Task(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/Task.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_TaskStatus(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/TaskStatus.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_User(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/User.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_UserLicense(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/UserLicense.json" suffix(, 0)
    };
    return text;
}

const char *sandbox_UserRole(void) {
    static const char text[] = {
#embed "../SandboxData/Schema/Objects/UserRole.json" suffix(, 0)
    };
    return text;
}
