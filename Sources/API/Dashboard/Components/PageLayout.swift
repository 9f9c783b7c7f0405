import Catalog
import Foundation

/// What every page shares.
struct PageLayout {
    let title: String
    let user: User?
    let isLive: Bool

    func page(_ content: HTML) -> HTML {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title) – Sluice</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="/assets/dashboard.css">
        \(isLive ? live : "")
        </head>
        <body>
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

    private var live: HTML {
        """
        <script src="/assets/dashboard.js" defer></script>
        <noscript><meta http-equiv="refresh" content="10"></noscript>
        """
    }

    private func tools(_ user: User) -> HTML {
        """
        <div class="tools">
        \(isLive ? "<label class=\"live\"><input type=\"checkbox\" id=\"live\" checked> Live</label>" : "")
        <span class="who">\(user.email)</span>
        <form method="post" action="/logout"><button type="submit">Log out</button></form>
        </div>
        """
    }
}
