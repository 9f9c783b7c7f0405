package import Catalog
import Foundation

/// What every page shares.
package struct PageLayout {
    package let title: String
    package let user: User?
    /// Where the page is told that there is something new to show; nil for a page that must stay as it is.
    package let live: String?

    package init(title: String, user: User?, live: String? = nil) {
        self.title = title
        self.user = user
        self.live = live
    }

    package func page(_ content: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – Sluice</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/assets/dashboard.css">
        \(user == nil ? "" : "<script src=\"/assets/dashboard.js\" defer></script>")
        \(live == nil ? "" : "<noscript><meta http-equiv=\"refresh\" content=\"15\"></noscript>")
        </head>
        <body\(live.map { " data-live=\"\($0)\"" } ?? "")>
        <a class="skip" href="#content">Skip to content</a>
        <header class="top">
        <a class="brand" href="/" title="Sluice \(SluiceVersion.number)">Sluice</a>
        \(user.map(tools) ?? "")
        </header>
        <main id="content">
        \(content)
        </main>
        </body>
        </html>
        """
    }

    private func tools(_ user: User) -> HTML {
        """
        <div class="tools">
        \(live == nil ? "" : "<label class=\"live\"><input type=\"checkbox\" id=\"live\" checked> Live</label>")
        <a class="find" href="/find" data-palette>Find <kbd>Ctrl K</kbd></a>
        <a class="who" href="/account">\(user.email)</a>
        <form method="post" action="/logout"><button type="submit">Log out</button></form>
        </div>
        """
    }
}
