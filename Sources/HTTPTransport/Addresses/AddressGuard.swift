internal import CLibcurl
internal import Glibc

/// Asks a policy of each address that curl is about to connect to, and remembers the one that it refused.
final class AddressGuard {
    private let policy: AddressPolicy
    private(set) var refused: NetworkAddress?

    init(_ policy: AddressPolicy) {
        self.policy = policy
    }

    /// Has every connection of a handle ask this guard, which must outlive the transfer.
    func install(on easy: EasyHandle) {
        refused = nil
        easy.set(CURLOPT_OPENSOCKETDATA, pointer: Unmanaged.passUnretained(self).toOpaque())
        _ = sluice_curl_set_open_socket_callback(easy.raw) { guardian, _, address in
            guard let guardian, let address else { return sluice_curl_no_socket() }
            let this = Unmanaged<AddressGuard>.fromOpaque(guardian).takeUnretainedValue()
            let isAllowed = withUnsafePointer(to: &address.pointee.addr) { this.asks($0) }
            guard isAllowed else { return sluice_curl_no_socket() }
            return socket(address.pointee.family, address.pointee.socktype, address.pointee.protocol)
        }
        // A connection that another policy opened is not taken over.
        easy.set(CURLOPT_FRESH_CONNECT, 1)
        easy.set(CURLOPT_FORBID_REUSE, 1)
    }

    private func asks(_ address: UnsafePointer<sockaddr>) -> Bool {
        guard let address = NetworkAddress(address) else { return false }
        if policy.allows(address) { return true }
        refused = address
        return false
    }
}
