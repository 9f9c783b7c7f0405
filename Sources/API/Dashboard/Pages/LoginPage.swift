/// Where people give their API token, once.
struct LoginPage {
    let message: String?

    var html: HTML {
        let fault: HTML = message.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? ""
        return PageLayout(title: "Log in", user: nil, isLive: false).page(
            """
            <div class="login">
            <h1>Log in</h1>
            \(fault)
            <form method="post" action="/login">
            <label for="token">API token</label>
            <input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false"
                aria-describedby="hint">
            <p id="hint">Your administrator makes one with <code>sluice user add EMAIL --app APP</code>.</p>
            <button class="primary" type="submit">Log in</button>
            </form>
            </div>
            """)
    }
}
