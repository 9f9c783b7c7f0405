import HTTPTypes

/// A refusal, for people.
struct ErrorPage {
    private let error: APIError

    init(_ error: APIError) { self.error = error }

    var html: HTML {
        let title = error.status.reasonPhrase
        return PageLayout(title: title, user: nil, isLive: false).page(
            """
            <h1>\(title)</h1>
            <p>\(error.message)</p>
            <p><a href="/">To the overview</a></p>
            """)
    }
}
