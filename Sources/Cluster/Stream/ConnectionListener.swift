import Catalog
import Foundation
import JobQueue
import Logging
import Salesforce
import Sync
import SyncJournal

/// Listens for one connection until its lease is lost, nothing is to be listened to, or listening fails: then the connection says why, and somebody
/// tries again later.
struct ConnectionListener: Sendable {
    /// Why listening ends although nothing failed.
    private enum End: Error {
        /// The mappings are others, or channels that were refused are asked for again.
        case changed
        /// The lease lapsed, and another process may listen.
        case lost
    }

    let handlers: SyncHandlers
    let lease: StreamLease
    let configuration: ChangeStreamService.Configuration
    let logger: Logger

    private var catalog: CatalogStore { handlers.catalog }

    func run() async {
        var failure: (reason: String, pause: Duration)?
        do {
            repeat {
                guard let connection = try await catalog.connection(lease.connectionID) else { break }
                let mappings = try await catalog.streamedMappings(lease.connectionID)
                if mappings.isEmpty { break }
                try await listen(connection, mappings)
            } while !Task.isCancelled
        } catch End.lost {
            return
        } catch {
            if !Task.isCancelled { failure = verdict(error) }
        }
        await release(failure)
    }

    private func verdict(_ error: any Error) -> (reason: String, pause: Duration) {
        let rest = min(configuration.rest * (1 << min(lease.attempts, 16)), configuration.longestRest)
        guard let refusal = error as? StreamRefusal else { return (Failure(error).reason, rest) }
        return (
            "Salesforce's streaming refuses: \(refusal)",
            refusal.remedy == .rest || refusal.remedy == .giveUp ? configuration.longestRest : rest
        )
    }

    /// Also while the process stops.
    private func release(_ failure: (reason: String, pause: Duration)?) async {
        let (catalog, lease, logger) = (catalog, lease, logger)
        await Task {
            do {
                try await catalog.releaseStream(lease, failure: failure?.reason, pause: failure?.pause ?? .zero)
                guard let failure else { return }
                try await catalog.event(
                    .warning, connection: lease.connectionID, type: .read, "Change events are not read: \(failure.reason)")
            } catch {
                logger.warning("A stream could not be released", metadata: ["error": "\(error)"])
            }
        }.value
    }

    /// Listens until something changes.
    private func listen(_ connection: Connection, _ mappings: [StreamedMapping]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await watch(mappings) }
            group.addTask { try await read(connection, mappings) }
            defer { group.cancelAll() }
            do {
                try await group.next()
            } catch End.changed {
                return
            }
        }
    }

    /// Renews the lease and looks whether other mappings are to be listened to.
    private func watch(_ mappings: [StreamedMapping]) async throws {
        let known = Set(mappings.map(\.id))
        let start = ContinuousClock.now
        while true {
            try await Task.sleep(for: configuration.lease / 3)
            guard try await catalog.renewStream(lease, for: configuration.lease) else { throw End.lost }
            if Set(try await catalog.streamedMappings(lease.connectionID).map(\.id)) != known { throw End.changed }
            guard ContinuousClock.now - start > configuration.longestRest else { continue }
            if try await catalog.acceleratedMappings(lease.connectionID).contains(where: { $0.state == "refused" }) { throw End.changed }
        }
    }

    private func read(_ connection: Connection, _ mappings: [StreamedMapping]) async throws {
        let client = try await handlers.client(of: connection)
        let stream: ChangeStream
        do {
            stream = try await client.changeStream()
        } catch let refusal as StreamRefusal where refusal.remedy == .renewToken {
            // The token was renewed meanwhile.
            stream = try await client.changeStream()
        }
        do {
            try await read(stream, try await subscribe(stream, mappings))
        } catch let refusal as StreamRefusal where [.renewToken, .shakeHands].contains(refusal.remedy) {
            // Not at once, should the server go on saying so.
            try await Task.sleep(for: .milliseconds(250))
            throw End.changed
        } catch {
            await Task { await stream.close() }.value
            throw error
        }
    }

    /// Subscribes to what the org grants.
    private func subscribe(_ stream: ChangeStream, _ mappings: [StreamedMapping]) async throws -> [String: StreamedMapping] {
        var channels: [String: StreamedMapping] = [:]
        for mapping in mappings {
            let channel = ChangeEvent.channel(ofObject: mapping.objectName)
            do {
                try await subscribe(stream, mapping, channel)
                channels[channel] = mapping
            } catch let refusal as StreamRefusal where refusal.remedy == .giveUp {
                try await catalog.noteChannel(
                    of: mapping, lease,
                    refusal:
                        "Salesforce sends no change events of \(mapping.objectName) (\(refusal)): select the object under Setup, Change Data Capture, or switch accelerated polling off"
                )
            }
        }
        if channels.isEmpty {
            // Nothing to wait for until what was refused is asked for again; the lease is kept for that.
            while true { try await Task.sleep(for: .seconds(60)) }
        }
        guard try await catalog.markStreamLive(lease) else { throw End.lost }
        try await catalog.event(
            .info, connection: lease.connectionID, type: .read,
            "Change events are read for \(channels.values.map(\.objectName).sorted().joined(separator: ", "))")
        return channels
    }

    private func subscribe(_ stream: ChangeStream, _ mapping: StreamedMapping, _ channel: String) async throws {
        guard let replayID = mapping.replayID else {
            try await stream.subscribe(to: channel, from: .now)
            return try await catalog.noteChannel(of: mapping, lease, beginsAnew: true)
        }
        do {
            try await stream.subscribe(to: channel, from: .after(replayID))
            try await catalog.noteChannel(of: mapping, lease)
        } catch let refusal as StreamRefusal where refusal.remedy == .beginAnew {
            // Events are kept for three days; whoever was away for longer polls.
            try await stream.subscribe(to: channel, from: .now)
            try await catalog.noteChannel(of: mapping, lease, beginsAnew: true)
        }
    }

    private func read(_ stream: ChangeStream, _ channels: [String: StreamedMapping]) async throws {
        while true {
            let events = try await stream.next()
            try Task.checkCancellation()
            for (channel, events) in Dictionary(grouping: events, by: \.channel) {
                guard let mapping = channels[channel], let last = events.map(\.replayID).max() else { continue }
                let isHeld = try await catalog.note(
                    StreamedRecords.of(events), isWhole: events.allSatisfy(StreamedRecords.namesAll), until: last, of: mapping, lease)
                guard isHeld else { throw End.lost }
            }
        }
    }
}
