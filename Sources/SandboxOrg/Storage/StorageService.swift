import ServiceLifecycle

/// Lets the directory go when everything else has stopped.
struct StorageService: Service {
    let storage: OrgStorage

    func run() async throws {
        try? await gracefulShutdown()
        await storage.close()
    }
}
