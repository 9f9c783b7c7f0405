/// An RSA key made by `openssl genrsa` for these tests alone: a worker signs JWTs with it.
public enum SignInTestKey {
    /// The private key, as PEM.
    public static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCYzrrW71lRB2DD
        7lOYwxdY5L8UKU3awCT743YDoq9MHZu/uk+F5KftEEeH61fChn5vVncoAXqC6Cex
        /NWapfUnJTmRcDNJxKaqIDA8bezXifvmBgOKim5Z1RJQdTLlUIk+cRS3NNFDkyb/
        8A6p9/eOficM3KB4TLHKGjGj6hfej/srXJEVehZR7bCLOhnznWngU4PQC5mMXBYU
        q/Pcwxe2SKrAaOqOgP+k8upe9OjTIu7m/uPWix0KHa1y3x1Mg75KupVJhVz7ZoF5
        ZP6Skr8/gKWKqX+rvwDYNGBXiTBJqGpjV7YoIfE3pJutmzQDfbhxWZIz0VrXDnLE
        sgALuGjPAgMBAAECggEACJtR3CWEdXM1CMQfMqvMxr9Kx3/UeHcGSw1So9cuO9sw
        RXotqXmppa+0v7VkCFTBjiBwh+Q30/2JSTw+Hot50lGFiELc3xGAkg6yRaBEmbB8
        nvk4Vz2ZBCrjcONKnkgZ4Tz55DnJQZ7QfW22SoeCpFfhqv1J3CZbUZ1SrdjtE3MY
        iqaN9PsCgI5B0t/E5ii9jEC0mAnhRDZF7F58LzOWuVS0W+DcDIp5pTHg3wF4Lw3i
        KpOMna/Zk5B/4vvw0UXteE5ATqs9QtPW5p4i1zHHuSszolVF0uwWf+DtPW0STQs+
        YJWttQkQQ86Yegpn/VOkuUPCHcf3Gl/5zQ2fQfCZIQKBgQDMjrlJ6CuuS1UuUTKU
        hZyNFZrEutQGZIp+H29J6UM56HajxijuzPtU5zSuwi/pT8kSRkbVfra6sWF516VI
        14GeB5htdYd+dPOdoXO4ijCC56YgWcNjyMDRLDNzSJ6gTm8TVBy8bxTH9izUzLAp
        gE2d3QbCO6YFrG1LJF9IyVURYQKBgQC/PGCL+NRo9R1nJj5hdi8nlPL8Nr5ovYGC
        lKZFELu6wkkAc+K1rOp4r08q5ktCA2mItRm7dvGDwKsKUK1gqmK3hGgDYdBWYAjX
        bO3reG9LI7oJFS2kT1PHfkVaxt2LCtpXAkya+tH4Dy0l5UZOebK/AY+9Wj+ei5z5
        ei2B8204LwKBgQClQ5oHUAAabNqA9TD8NYZppc7IqniqQYhypUrwV/jsTBet8WcY
        p5tW2QUDO/ghc0hr70NDMYDIDI9INSVgWFxsJI7NwGqbjDlWXR51NZBD8ouRD3SA
        pazCUgevWDhwI24yG36r7sLHWuiVdFnO7c3HgM75Fd/oLYqPbu9ciuyjgQKBgFkk
        NsjoW3L1Vxhe7lMV+RMVTlKc3hMKyxToX7zv+OIscEUCv9n52W4aIegYY1pJJudv
        q6gD4L6Oj+wGAVt+8PckhCuXa7rnlxd8Ekdh41b+N1jGg3kE9UOXq5KOAnUuwOow
        Cy9u3XMo992jSyuHdPeuLaeRKvinkauE9TOPGglHAoGAZEsHMuzy97tmyixhR7Er
        RD2BvZTzoWBoEpBQ1WKlIwzE8tCR3Cj1FFexQeBn0udvS0xPhImsV4f3/TAVIht3
        q2g5quFT3gpSdlNwAPFGpduCt6C44MV5Da9YS+DBbvwpAOysh4rF+LGNbu3juEoi
        ZMjxbqH0rx1Nvprxz0hqCGM=
        -----END PRIVATE KEY-----
        """

    /// Its public half, for an org that is to take what it signs.
    public static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAmM661u9ZUQdgw+5TmMMX
        WOS/FClN2sAk++N2A6KvTB2bv7pPheSn7RBHh+tXwoZ+b1Z3KAF6gugnsfzVmqX1
        JyU5kXAzScSmqiAwPG3s14n75gYDiopuWdUSUHUy5VCJPnEUtzTRQ5Mm//AOqff3
        jn4nDNygeEyxyhoxo+oX3o/7K1yRFXoWUe2wizoZ851p4FOD0AuZjFwWFKvz3MMX
        tkiqwGjqjoD/pPLqXvTo0yLu5v7j1osdCh2tct8dTIO+SrqVSYVc+2aBeWT+kpK/
        P4Cliql/q78A2DRgV4kwSahqY1e2KCHxN6SbrZs0A324cVmSM9Fa1w5yxLIAC7ho
        zwIDAQAB
        -----END PUBLIC KEY-----
        """
}
