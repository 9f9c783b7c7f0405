// The files of SandboxData/Schema/Objects, each as a text.
// Embedded by the C compiler, since Swift Package Manager would make an array literal of them, which takes the Swift compiler
// a second for each 17,000 bytes or so.
#ifndef SLUICE_CSANDBOXSCHEMA_H
#define SLUICE_CSANDBOXSCHEMA_H

const char *_Nonnull sandbox_Account(void);
const char *_Nonnull sandbox_AccountHistory(void);
const char *_Nonnull sandbox_Asset(void);
const char *_Nonnull sandbox_Attachment(void);
const char *_Nonnull sandbox_Campaign(void);
const char *_Nonnull sandbox_CampaignMember(void);
const char *_Nonnull sandbox_Case(void);
const char *_Nonnull sandbox_CaseComment(void);
const char *_Nonnull sandbox_CaseStatus(void);
const char *_Nonnull sandbox_Contact(void);
const char *_Nonnull sandbox_Contract(void);
const char *_Nonnull sandbox_DandBCompany(void);
const char *_Nonnull sandbox_Event(void);
const char *_Nonnull sandbox_Group(void);
const char *_Nonnull sandbox_GroupMember(void);
const char *_Nonnull sandbox_Individual(void);
const char *_Nonnull sandbox_Lead(void);
const char *_Nonnull sandbox_LeadStatus(void);
const char *_Nonnull sandbox_Milestone__c(void);
const char *_Nonnull sandbox_OperatingHours(void);
const char *_Nonnull sandbox_Opportunity(void);
const char *_Nonnull sandbox_OpportunityContactRole(void);
const char *_Nonnull sandbox_OpportunityHistory(void);
const char *_Nonnull sandbox_OpportunityLineItem(void);
const char *_Nonnull sandbox_OpportunityStage(void);
const char *_Nonnull sandbox_Order(void);
const char *_Nonnull sandbox_OrderItem(void);
const char *_Nonnull sandbox_Organization(void);
const char *_Nonnull sandbox_Pricebook2(void);
const char *_Nonnull sandbox_PricebookEntry(void);
const char *_Nonnull sandbox_Product2(void);
const char *_Nonnull sandbox_Profile(void);
const char *_Nonnull sandbox_Project__c(void);
const char *_Nonnull sandbox_PushTopic(void);
const char *_Nonnull sandbox_QueueSobject(void);
const char *_Nonnull sandbox_RecordType(void);
const char *_Nonnull sandbox_Specimen__c(void);
const char *_Nonnull sandbox_TabDefinition(void);
const char *_Nonnull sandbox_Task(void);
const char *_Nonnull sandbox_TaskStatus(void);
const char *_Nonnull sandbox_User(void);
const char *_Nonnull sandbox_UserLicense(void);
const char *_Nonnull sandbox_UserRole(void);

#endif
