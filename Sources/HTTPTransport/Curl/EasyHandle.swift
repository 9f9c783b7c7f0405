internal import CLibcurl
internal import Glibc
internal import HTTPTypes

/// One curl easy handle with its header list and error buffer. It belongs to one thread and is reused from request to request.
final class EasyHandle {
    let raw: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>
    private var addressGuard: AddressGuard?

    init() {
        CurlLibrary.start()
        guard let raw = curl_easy_init() else { fatalError("curl_easy_init: out of memory") }
        self.raw = raw
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(raw)
        curl_slist_free_all(headers)
        errorText.deallocate()
    }

    /// Sets everything about a request but its callbacks.
    func prepare(_ request: TransferRequest, url: RequestURL, configuration: HTTPClientConfiguration) {
        curl_easy_reset(raw)
        errorText[0] = 0
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
        set(CURLOPT_URL, url.text)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        // The empty string means every encoding that this libcurl can undo.
        set(CURLOPT_ACCEPT_ENCODING, "")
        set(CURLOPT_BUFFERSIZE, 64 * 1024)
        if let caFile = configuration.caFile { set(CURLOPT_CAINFO, caFile) }
        switch configuration.proxy {
        case .fromEnvironment: break
        case .none: set(CURLOPT_PROXY, "")
        case .url(let proxy): set(CURLOPT_PROXY, proxy)
        }
        guardAddresses(configuration.addresses)
        setTimeouts(request.timeouts)
        setMethodAndHeaders(request, userAgent: configuration.userAgent)
    }

    /// Begins what is not a request of HTTP: only what all transfers have in common.
    func begin(protocols: String, url: String, caFile: String?) {
        curl_easy_reset(raw)
        errorText[0] = 0
        set(CURLOPT_ERRORBUFFER, pointer: errorText)
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let caFile { set(CURLOPT_CAINFO, caFile) }
    }

    /// Sets what sends the body, if there is one; `source` must outlive the transfer.
    func send(_ source: UploadSource?, method: HTTPRequest.Method) {
        // Without body bytes there is no rewind to refuse, so only a fresh connection keeps curl from repeating the request.
        if !method.isIdempotent, source?.length ?? 0 == 0 { set(CURLOPT_FRESH_CONNECT, 1) }
        guard let source else { return }
        upload(source)
        set(CURLOPT_CUSTOMREQUEST, method.rawValue)
    }

    /// Has curl take what it sends from `source`, which must outlive the transfer.
    func upload(_ source: UploadSource) {
        // UPLOAD makes curl read the body through the callback for any method, and ask before it sends it twice.
        set(CURLOPT_UPLOAD, 1)
        _ = sluice_curl_set_offset(raw, CURLOPT_INFILESIZE_LARGE, curl_off_t(source.length ?? -1))
        let pointer = Unmanaged.passUnretained(source).toOpaque()
        set(CURLOPT_READDATA, pointer: pointer)
        _ = sluice_curl_set_data_callback(raw, CURLOPT_READFUNCTION) { buffer, size, count, source in
            EasyHandle.uploadSource(at: source).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        }
        set(CURLOPT_SEEKDATA, pointer: pointer)
        _ = sluice_curl_set_seek_callback(raw) { source, offset, origin in
            let isAllowed = offset == 0 && origin == SEEK_SET && EasyHandle.uploadSource(at: source).rewind()
            return isAllowed ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL
        }
    }

    private static func uploadSource(at pointer: UnsafeMutableRawPointer?) -> UploadSource {
        guard let pointer else { fatalError("curl called back without its data pointer") }
        return Unmanaged.fromOpaque(pointer).takeUnretainedValue()
    }

    /// Has every connection ask the policy; nil asks nobody.
    func guardAddresses(_ policy: AddressPolicy?) {
        addressGuard = policy.map(AddressGuard.init)
        addressGuard?.install(on: self)
    }

    func set(_ option: CURLoption, _ value: Int) {
        _ = sluice_curl_set_long(raw, option, value)
    }

    func set(_ option: CURLoption, _ value: String) {
        _ = sluice_curl_set_string(raw, option, value)
    }

    func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
        _ = sluice_curl_set_pointer(raw, option, pointer)
    }

    /// The error for a result of this handle's transfer.
    func error(_ result: CURLcode, url: RequestURL) -> HTTPTransportError { error(result, shown: url.redacted) }

    /// The error for a result of this handle's transfer.
    ///
    /// - Parameter shown: where it went, without what is secret in it.
    func error(_ result: CURLcode, shown: String) -> HTTPTransportError {
        if let refused = addressGuard?.refused {
            return HTTPTransportError(
                code: .addressRefused, message: "\(refused) is not a public address, and no operator allowed it", url: shown,
                mayHaveReachedServer: false)
        }
        let text = errorText[0] == 0 ? String(cString: curl_easy_strerror(result)) : String(cString: errorText)
        return HTTPTransportError(
            code: HTTPTransportError.Code(result),
            message: text,
            url: shown,
            mayHaveReachedServer: sluice_curl_get_long(raw, CURLINFO_REQUEST_SIZE) > 0
        )
    }

    private func setTimeouts(_ timeouts: HTTPTimeouts) {
        set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.curlMilliseconds)
        if let total = timeouts.total { set(CURLOPT_TIMEOUT_MS, total.curlMilliseconds) }
        if let stall = timeouts.stall {
            set(CURLOPT_LOW_SPEED_LIMIT, 1)
            set(CURLOPT_LOW_SPEED_TIME, stall.curlSeconds)
        }
    }

    private func setMethodAndHeaders(_ request: TransferRequest, userAgent: String) {
        switch request.method {
        case .get: set(CURLOPT_HTTPGET, 1)
        case .head: set(CURLOPT_NOBODY, 1)
        default: set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        curl_slist_free_all(headers)
        headers = nil
        // Without this curl waits up to a second for "100 Continue" before it sends a larger body.
        headers = curl_slist_append(headers, "Expect:")
        if !request.headers.contains(.userAgent) { headers = curl_slist_append(headers, "User-Agent: " + userAgent) }
        for field in request.headers where field.name != .cookie { append(field.name, field.value) }
        // `HTTPFields` takes cookies apart as HTTP/2 may, HTTP/1.1 has one field for all (RFC 9113, 8.2.3).
        if let cookies = request.headers[.cookie] { append(.cookie, cookies) }
        _ = sluice_curl_set_headers(raw, headers)
    }

    private func append(_ name: HTTPField.Name, _ value: String) {
        // curl's own notation: "Name;" sends an empty value, "Name:" would remove the header.
        headers = curl_slist_append(headers, value.isEmpty ? name.rawName + ";" : name.rawName + ": " + value)
    }
}

extension HTTPTransportError.Code {
    init(_ result: CURLcode) {
        switch result {
        case CURLE_OPERATION_TIMEDOUT: self = .timedOut
        case CURLE_COULDNT_CONNECT: self = .couldNotConnect
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .couldNotResolve
        case CURLE_GOT_NOTHING: self = .emptyReply
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_SEND_FAIL_REWIND, CURLE_HTTP2, CURLE_HTTP2_STREAM:
            self = .connectionLost
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED:
            self = .tls
        case CURLE_ABORTED_BY_CALLBACK: self = .cancelled
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .malformedURL
        case CURLE_LOGIN_DENIED: self = .signInRefused
        case CURLE_BAD_CONTENT_ENCODING, CURLE_WEIRD_SERVER_REPLY: self = .malformedResponse
        default: self = .other
        }
    }
}
