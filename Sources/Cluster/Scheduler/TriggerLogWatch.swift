import Catalog
import Foundation
import JobQueue
import Logging
import MappedSchema
import Postgres
import Redaction
import Secrets
import Synchronization

/// Listens to the trigger log of every connection that writes, so that a change in Postgres starts a write job at once.
actor TriggerLogWatch {
    private struct Listening {
        let listener: PostgresListener
        let channels: [String: UUID]
        let task: Task<Void, Never>
    }

    private let announced = Mutex<Set<UUID>>([])
    private let signal: WakeSignal
    private let sealingKey: SealingKey
    private let environment: Redacted<[String: String]>
    private let metrics: SchedulerMetrics
    private let logger: Logger
    @Redacted private var listening: [String: Listening] = [:]
    /// Why a connection is not listened to, as the log has it already.
    private var told: [UUID: String] = [:]

    init(signal: WakeSignal, sealingKey: SealingKey, environment: [String: String], metrics: SchedulerMetrics, logger: Logger) {
        self.signal = signal
        self.sealingKey = sealingKey
        self.environment = Redacted(wrappedValue: environment)
        self.metrics = metrics
        self.logger = logger
    }

    /// Connections whose trigger log has changed since the last call.
    nonisolated func takeAnnounced() -> Set<UUID> {
        announced.withLock { set in
            defer { set = [] }
            return set
        }
    }

    /// Puts announcements back that could not be acted upon.
    nonisolated func putBack(_ connections: Set<UUID>) {
        announced.withLock { $0.formUnion(connections) }
    }

    /// Listens to these connections and to no others; one listener a target database.
    func watch(_ connections: [Connection]) {
        var wanted: [String: [String: UUID]] = [:]
        var unknown: [UUID: String] = [:]
        for connection in connections {
            do {
                let url = try ConnectionAddress.configuration(of: connection, key: sealingKey, environment: environment.wrappedValue)
                    .connectionString
                wanted[url, default: [:]][MappedSchema.notificationChannel(ofSchema: connection.schemaName)] = connection.id
            } catch {
                unknown[connection.id] = "\(error)"
                guard told[connection.id] != unknown[connection.id] else { continue }
                logger.warning(
                    "The target database is not known, its changes are found by polling only",
                    metadata: ["connection": "\(connection.id.uuidString.lowercased())", "error": "\(error)"])
            }
        }
        told = unknown
        for (url, current) in listening where wanted[url] != current.channels { stop(url) }
        for (url, channels) in wanted where listening[url] == nil { start(url, channels: channels) }
        metrics.listeners(wanted: wanted.count, connected: listening.values.count { $0.listener.isListening })
    }

    /// Ends all listeners.
    func stopAll() {
        for url in listening.keys { stop(url) }
    }

    private func start(_ url: String, channels: [String: UUID]) {
        do {
            let configuration = try PostgresConfiguration(url: url, applicationName: "sluice scheduler")
            let listener = try PostgresListener(configuration: configuration, channels: channels.keys.sorted(), logger: logger)
            let task = Task { [signal] in
                for await event in listener.events {
                    switch event {
                    case .listening: announce(Set(channels.values))
                    case .lost: continue
                    case .notification(let channel, _): announce(channels[channel].map { [$0] } ?? [])
                    }
                    signal.raise()
                }
            }
            listening[url] = Listening(listener: listener, channels: channels, task: task)
        } catch {
            logger.warning("LISTEN on a target database is not possible", metadata: ["error": "\(error)"])
        }
    }

    private nonisolated func announce(_ connections: Set<UUID>) {
        announced.withLock { $0.formUnion(connections) }
    }

    private func stop(_ url: String) {
        listening[url]?.listener.stop()
        listening[url]?.task.cancel()
        listening[url] = nil
    }
}
