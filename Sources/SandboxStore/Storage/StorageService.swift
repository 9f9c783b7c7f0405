import ServiceLifecycle

/// Lets the directory go when everything else has stopped.
package struct StorageService: Service {
    package let storage: OrgStorage

    package init(storage: OrgStorage) {
        self.storage = storage
    }

    package func run() async throws {
        try? await gracefulShutdown()
        await storage.close()
    }
}
