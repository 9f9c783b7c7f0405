internal import CMalloc

/// Where a process takes its memory from.
enum HeapArenas {
    /// Has all threads share one heap.
    ///
    /// glibc gives each thread a heap of its own, and what one has given back no other uses: a worker, whose connections have a thread each, took
    /// half as much again for the same work.
    static func share() { _ = mallopt(M_ARENA_MAX, 1) }
}
