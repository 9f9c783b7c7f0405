import Foundation

/// What every process settles with the system before it does anything else: descriptors, signals, and the limit of open files.
enum ProcessConditions {
    /// Open files that any command needs at the least; each event loop of the HTTP server, one a core, has three.
    static var leastOpenFiles: Int { 58 + 3 * ProcessInfo.processInfo.activeProcessorCount }

    /// Makes the conditions good: whoever reads our output may go away, the terminal may, and a parent may have left us its own signal mask.
    static func settle() {
        openStandardDescriptors()
        for number in [SIGPIPE, SIGHUP] { signal(number, SIG_IGN) }
        var stopping = sigset_t()
        sigemptyset(&stopping)
        for number in [SIGTERM, SIGINT] { sigaddset(&stopping, number) }
        pthread_sigmask(SIG_UNBLOCK, &stopping, nil)
        raiseOpenFiles()
    }

    /// What is wrong when fewer files may be open than are needed; nil when nothing is.
    ///
    /// - Parameter reason: what needs as many, such as an option.
    static func shortage(of needed: Int, for reason: String? = nil) -> String? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < UInt(needed) else { return nil }
        let use = reason.map { " for \($0)" } ?? ""
        return "the limit of open files (ulimit -n) is \(limit.rlim_cur): expected at least \(needed)\(use)"
    }

    /// A connection that got the number of a closed standard descriptor would receive what is written for people.
    private static func openStandardDescriptors() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 && errno == EBADF {
            _ = open("/dev/null", O_RDWR)
        }
    }

    /// To as many as the process may have at all.
    private static func raiseOpenFiles() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
