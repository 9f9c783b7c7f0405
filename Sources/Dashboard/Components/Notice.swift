import Catalog
import Foundation
import SyncJournal
import WebServer

/// An orange line near the top of a page: an error of reads or writes, with the way to its cause.
struct Notice {
    let notification: ConnectionNotification
    let now: Date
    /// Where its cause is to be seen.
    let cause: String
    /// Where dismissing is sent to; nil shows no button.
    let dismissal: String?

    var html: HTML {
        // Who hears the page is told which of several notices a link belongs to.
        let spoken: HTML = "<span class=\"unseen\"> of: \(String(notification.message.prefix(80)))</span>"
        let button: HTML =
            dismissal.map {
                """
                <form method="post" action="\($0)"><button type="submit" class="quiet">Dismiss\(spoken)</button></form>
                """
            } ?? ""
        return """
            <div class="notice" role="status">
            <p><strong>\(notification.eventType)</strong> \(notification.message) – \(PageText.time(notification.createdAt, now: now))</p>
            <div class="actions"><a href="\(cause)">See the cause\(spoken)</a>\(button)</div>
            </div>
            """
    }
}
