import HTTPTypes
import SandboxBytes
package import SandboxHTTP
package import SandboxStore

extension OrgError {
    /// A whole request that is refused for one value, with its place in the body as real orgs tell it.
    package static func unparsed(_ error: RecordError, in body: [UInt8]) -> OrgError {
        let place = JSONPlace.value(of: error.mismatch?.field ?? "", in: body)
        return OrgError(
            .badRequest, error.code,
            "\(error.message) or request may be missing a required field at [line:\(place.line), column:\(place.column)]")
    }
}
