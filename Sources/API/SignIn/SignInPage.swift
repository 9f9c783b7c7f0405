import Accounts
import Catalog
import Foundation
import WebServer

/// What a person reads whose sign-in at Salesforce changed nothing.
struct SignInPage {
    private let title: String
    private let content: HTML
    private let next: String?

    static func failed(_ error: SignInError) -> SignInPage {
        SignInPage(
            title: "Not signed in", content: "<p class=\"fault\" role=\"alert\" id=\"fault\">\(error.message)</p>", next: error.next)
    }

    static func missing(_ objects: [MissingAccess], connection: UUID, next: String?) -> SignInPage {
        let items = objects.map { object -> HTML in
            let fields = object.fields.isEmpty ? "the whole object" : object.fields.joined(separator: ", ")
            return "<li><strong>\(object.objectName)</strong>: \(fields)</li>"
        }
        return SignInPage(
            title: "This user may not read what is mapped",
            content: """
                <p role="alert" id="fault">Nothing was changed: the connection goes on as before. This Salesforce user may not read:</p>
                <ul id="missing">\(items)</ul>
                <p>Give access in Salesforce (a permission set, field-level security) and sign in again, sign in as another user, or accept it by
                <code>accept_missing</code>.</p>
                """, next: next)
    }

    var html: HTML {
        let link: HTML = next.map { "<p><a href=\"\($0)\">Go on</a></p>" } ?? "<p><a href=\"/\">To the overview</a></p>"
        return PageLayout(title: title, user: nil).page("<h1>\(title)</h1>\(content)\(link)")
    }
}
