import Foundation
import Testing

@testable import Salesforce

@Suite("Change events")
struct ChangeEventTests {
    private func event(_ json: String) throws -> ChangeEvent? {
        ChangeEvent(try JSONDecoder().decode(CometMessage.self, from: Data(json.utf8)))
    }

    @Test("a recorded event is read: its place, its change and its records")
    func recorded() throws {
        // As a real org sent it in 2020.
        let found = try event(
            #"{"channel":"/data/Project_Log__ChangeEvent","data":{"schema":"XHR8IH-YOipzexpz9ZTupg","payload":{"LastModifiedDate":"2020-06-03T13:13:28Z","Description__c":"<p>ding lookin</p>","ChangeEventHeader":{"commitNumber":10653914629120,"commitUser":"0058A000004Dl4AQAS","sequenceNumber":1,"entityName":"Project_Log__c","changeType":"UPDATE","changedFields":["LastModifiedDate","Description__c"],"changeOrigin":"com/salesforce/api/soap/49.0;client=SfdcInternalAPI/","transactionKey":"000097ff-4f5d-391b-5028-7a3bf9f516c4","commitTimestamp":1591190008000,"recordIds":["aHQ8A0000004DbsWAE"]}},"event":{"replayId":103155}}}"#
        )
        #expect(found?.channel == "/data/Project_Log__ChangeEvent" && found?.replayID == 103_155)
        #expect(found?.changeType == .update && found?.recordIDs == ["aHQ8A0000004DbsWAE"])
    }

    @Test("an overflow names no records, what is unknown is no change, and an answer without an event is none")
    func others() throws {
        func told(_ type: String, _ ids: String) throws -> ChangeEvent? {
            try event(
                "{\"channel\":\"/data/A\",\"data\":{\"payload\":{\"ChangeEventHeader\":{\"changeType\":\"\(type)\",\"recordIds\":[\(ids)]}},\"event\":{\"replayId\":1}}}"
            )
        }
        #expect(try told("GAP_OVERFLOW", "\"001*\"")?.recordIDs == [])
        #expect(try told("SNAPSHOT", "\"001000000000001AAA\"")?.changeType == nil)
        #expect(try told("GAP_DELETE", "\"001000000000001AAA\"")?.changeType?.isDeletion == true)
        #expect(try told("UNDELETE", "\"001000000000001AAA\"")?.changeType?.isDeletion == false)
        #expect(try event(#"{"channel":"/meta/connect","successful":true}"#) == nil)
    }

    @Test("channels of standard and custom objects")
    func channels() {
        #expect(ChangeEvent.channel(ofObject: "Account") == "/data/AccountChangeEvent")
        #expect(ChangeEvent.channel(ofObject: "My_Obj__c") == "/data/My_Obj__ChangeEvent")
    }

    @Test(
        "each refusal of the streaming has its remedy",
        arguments: [
            ("401::Authentication invalid", "none", StreamRefusal.Remedy.renewToken), ("403::Unknown client", "handshake", .shakeHands),
            ("400::The replayId {12} you provided was invalid. Please provide a valid ID, -2 to replay all events.", nil, .beginAnew),
            ("403::Organization total events daily limit exceeded", "none", .rest),
            ("403::Organization concurrent user limit exceeded", "none", .rest), ("503::Service unavailable", nil, .rest),
            ("400::The channel you requested to subscribe to does not exist {/data/X}", nil, .giveUp),
        ] as [(String, String?, StreamRefusal.Remedy)])
    func remedies(_ reason: String, _ reconnect: String?, _ remedy: StreamRefusal.Remedy) {
        #expect(StreamRefusal(reason: reason, reconnect: reconnect).remedy == remedy)
    }

    @Test("a denied handshake is told in Salesforce's own words")
    func denied() throws {
        let message = try JSONDecoder().decode(
            CometMessage.self,
            from: Data(
                #"{"ext":{"sfdc":{"failureReason":"401::Authentication invalid"},"replay":true},"advice":{"reconnect":"none"},"channel":"/meta/handshake","error":"403::Handshake denied","successful":false}"#
                    .utf8))
        #expect(message.refusal == StreamRefusal(reason: "401::Authentication invalid", reconnect: "none"))
    }
}
