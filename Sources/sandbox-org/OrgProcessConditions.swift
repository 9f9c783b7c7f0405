import Foundation

/// What the process settles with the system before it does anything else. The product does the same; the two share no code.
enum OrgProcessConditions {
    /// Open files that the org needs before its first client; each event loop, one a core, has three.
    private static var leastOpenFiles: Int { 58 + 3 * ProcessInfo.processInfo.activeProcessorCount }

    /// Makes the conditions good: whoever reads our output may go away, and the terminal may.
    ///
    /// - Returns: what is wrong when too few files may be open.
    static func settle() -> String? {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            _ = open("/dev/null", O_RDWR)
        }
        for number in [SIGPIPE, SIGHUP] { signal(number, SIG_IGN) }
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { return nil }
        limit.rlim_cur = limit.rlim_max
        setrlimit(resource, &limit)
        guard limit.rlim_cur < UInt(leastOpenFiles) else { return nil }
        return "the limit of open files (ulimit -n) is \(limit.rlim_cur): expected at least \(leastOpenFiles)"
    }
}
