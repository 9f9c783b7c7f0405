import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import SandboxData
import SandboxHTTP
import SandboxStore
import ServiceLifecycle

/// Where an org listens: for plain HTTP always, and for TLS and CONNECT when it is asked for.
struct SandboxListeners {
    enum Kind: Hashable, Sendable {
        case http, tls, proxy
    }

    /// What serves them, to be run together.
    private(set) var services: [any Service] = []
    /// Holds the authority's certificate; nil without TLS.
    let directory: TLSDirectory?
    private let ports: AsyncStream<(Kind, Int)>
    private let listening: AsyncStream<(Kind, Int)>.Continuation

    init(_ options: SandboxOptions, responder: SandboxResponder, clock: OrgClock, logger: Logger) throws {
        (ports, listening) = AsyncStream.makeStream()
        let configuration = HTTP1Channel.Configuration(additionalChannelHandlers: [OrgDateHandler(clock: clock)])
        let listening = listening
        func listen(_ kind: Kind, _ port: Int, _ server: HTTPServerBuilder) -> any Service {
            Application(
                responder: responder, server: server,
                configuration: ApplicationConfiguration(address: .hostname(options.host, port: port), serverName: "sfdcedge"),
                onServerRunning: { channel in listening.yield((kind, channel.localAddress?.port ?? 0)) },
                logger: logger)
        }
        services.append(listen(.http, options.port, .http1(configuration: configuration)))
        guard options.tlsPort != nil || options.proxyPort != nil else {
            directory = nil
            return
        }
        let directory = try TLSDirectory(path: options.tlsDirectory)
        self.directory = directory
        let context = try TLSContext(directory.server)
        let limit = TimeAmount(options.handshakeTimeout)
        for (kind, port) in [(Kind.tls, options.tlsPort), (.proxy, options.proxyPort)] {
            guard let port else { continue }
            let server = HTTPServerBuilder { responder in
                TLSChannel(
                    base: HTTP1Channel(responder: responder, configuration: configuration), context: context, isProxy: kind == .proxy,
                    limit: limit)
            }
            services.append(listen(kind, port, server))
        }
    }

    /// The ports they got, when all of them listen; nil when they ended before.
    func started() async -> [Kind: Int]? {
        var found: [Kind: Int] = [:]
        for await (kind, port) in ports {
            found[kind] = port
            if found.count == services.count { return found }
        }
        return nil
    }

    /// They listen no longer, or never will.
    func end() {
        listening.finish()
        directory?.discard()
    }
}
