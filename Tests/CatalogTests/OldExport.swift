/// A configuration in the layouts that were met in the wild: without indexes, keys in any order, several fraction digits.
let oldExport = """
    {"connection":{"organization_id":"","exported_at":"2016-08-23T19:29:11.336788+00:00","app_name":""},"version":1,"mappings":[
    {"object_name":"Invoice__c","config":{"fields":{"Total__c":{},"Id":{},"Account__r__Ext__c":{},"IsDeleted":{},"SystemModstamp":{}},
    "applied_at":"2016-07-14T21:17:12.319Z","sf_notify_enabled":true,"sf_polling_seconds":600,"access":"read_write","sf_max_daily_api_calls":30000}},
    {"config":{"access":"read_only","sf_polling_seconds":120,"upsert_field":"Ext__c","fields":{"SystemModstamp":{},"Id":{},"Ext__c":{}},
    "indexes":{"Ext__c":{"unique":true},"Id":{"unique":true},"SystemModstamp":{"unique":false}}},"object_name":"Account"}]}
    """
