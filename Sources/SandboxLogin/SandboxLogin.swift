// How clients get in: OAuth's flows (`OAuthRoutes`), the identity of who came, and SOAP's `login()` (`SOAPRoutes`).
