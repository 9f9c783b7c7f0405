import Foundation

/// The room on a disk, in bytes.
struct DiskSpace: Sendable, Equatable {
    var free: Int64
    var total: Int64

    init(free: Int64, total: Int64) {
        self.free = free
        self.total = total
    }

    /// The disk that holds a directory of this machine; nil when there is none.
    init?(of directory: String) {
        var space = statvfs()
        guard statvfs(directory, &space) == 0 else { return nil }
        self.init(free: Int64(clamping: space.f_bavail * space.f_frsize), total: Int64(clamping: space.f_blocks * space.f_frsize))
    }
}
