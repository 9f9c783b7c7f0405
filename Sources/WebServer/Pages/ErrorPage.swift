import HTTPTypes

/// A refusal, for people.
package struct ErrorPage {
    private let error: APIError

    package init(_ error: APIError) { self.error = error }

    package var html: HTML {
        let title = error.status.reasonPhrase
        return PageLayout(title: title, user: nil).page(
            """
            <h1>\(title)</h1>
            <p>\(error.message)</p>
            <p><a href="/">To the overview</a></p>
            """)
    }
}
