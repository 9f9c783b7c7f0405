// The sandbox org's HTTP, whatever is asked.
//
// `Call` is a request that was taken apart, `Reply` an answer and `OrgError` a refusal before they become HTTP. `ReceivedBody` and
// `CompressedReply` are gzip's two directions, `TLSHandler` (over OpenSSL) and `ConnectHandler` the encrypted and the proxied port. `OrgClock` is
// the time that everything is stamped with, `BulkFaults` what is in force against jobs and records, `Usage` what was called.
