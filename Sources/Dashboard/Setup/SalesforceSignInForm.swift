import Catalog
import WebServer

/// Where somebody chooses at which Salesforce to sign a connection in.
struct SalesforceSignInForm {
    let connection: Connection
    var environment = "production"
    var domain = ""

    var html: HTML {
        func choice(_ value: String, _ label: String, _ text: String) -> HTML {
            let mark: HTML = value == environment ? " checked" : ""
            return """
                <label class="choice"><input type="radio" name="environment" value="\(value)"\(mark)>
                <span>\(label)<span class="detail">\(text)</span></span></label>
                """
        }
        return """
            <form method="post" class="edit card" action="\(ConnectionFrame.path(connection.id))/authorize">
            <fieldset><legend>Salesforce environment</legend>
            \(choice("production", "Production", "login.salesforce.com"))
            \(choice("sandbox", "Sandbox", "test.salesforce.com"))
            \(choice("custom", "Custom domain", "your own login host, named below"))
            <label for="domain">Custom domain</label>
            <input id="domain" name="domain" value="\(domain)" placeholder="https://acme.my.salesforce.com" maxlength="255" spellcheck="false">
            </fieldset>
            <details><summary>Another External Client App</summary>
            <label for="client_id">Consumer key</label><input id="client_id" name="client_id" maxlength="500" spellcheck="false" autocomplete="off">
            <label for="client_secret">Consumer secret</label>
            <input id="client_secret" name="client_secret" type="password" maxlength="500" autocomplete="off">
            </details>
            <div class="actions"><button class="primary" type="submit">Sign in at Salesforce</button></div>
            </form>
            """
    }
}
