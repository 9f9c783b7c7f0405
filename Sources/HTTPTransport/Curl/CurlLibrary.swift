internal import CLibcurl
internal import Glibc

/// curl's process-wide state, set up once.
enum CurlLibrary {
    private static let started: Bool = {
        // CURLOPT_NOSIGNAL, which threads need, leaves SIGPIPE to us: OpenSSL may write to a connection that the peer has closed,
        // and that must be an error rather than the end of the process.
        signal(SIGPIPE, SIG_IGN)
        return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
    }()

    static func start() {
        precondition(started, "curl_global_init failed")
    }
}
