import WebServer

/// Where people sign in: with address and password, or with an API token.
struct LoginPage {
    let message: String?

    var html: HTML {
        let fault: HTML = message.map { "<p class=\"fault\" role=\"alert\" id=\"fault\">\($0)</p>" } ?? ""
        return PageLayout(title: "Log in", user: nil).page(
            """
            <div class="login">
            <h1>Log in</h1>
            \(fault)
            <form method="post" action="/login">
            <label for="email">E-mail</label>
            <input id="email" name="email" type="email" autocomplete="username" required autofocus spellcheck="false">
            <label for="password">Password</label>
            <input id="password" name="password" type="password" autocomplete="current-password" required>
            <button class="primary" type="submit">Log in</button>
            </form>
            <h2>With an API token</h2>
            <form method="post" action="/login">
            <label for="token">API token</label>
            <input id="token" name="token" type="password" autocomplete="off" required spellcheck="false" aria-describedby="hint">
            <p id="hint">Your administrator makes one with <code>sluice user add EMAIL --app APP</code>.</p>
            <button type="submit">Log in</button>
            </form>
            </div>
            """)
    }
}
