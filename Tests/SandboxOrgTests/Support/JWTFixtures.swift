/// Assertions signed with OpenSSL by a key that was thrown away, and its certificate.
enum JWTFixtures {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIDBTCCAe2gAwIBAgIUfYOUuJO3chXpMbQsUKpbJCYQ5p4wDQYJKoZIhvcNAQEL
        BQAwEjEQMA4GA1UEAwwHc2FuZGJveDAeFw0yNjExMjIxNDI0NDZaFw0zNjExMTkx
        NDI0NDZaMBIxEDAOBgNVBAMMB3NhbmRib3gwggEiMA0GCSqGSIb3DQEBAQUAA4IB
        DwAwggEKAoIBAQC09jgakVP8WdOYaGLPEZhxCH+acYEkXFPxSHx06fxNDP7lflt4
        uNOlAV9Xx3R8H/lcg9zrafMlVJP4IDRmBsc2+IRyDfPer54ng3eVDxmGbs+2rf/O
        NxtNhLcNt/cDsMgEspih7JT+xZP/LUNJIMFClBGhL+rfKEtr4D8JpS4kO3Otipm0
        6L+xtxtsEWiZYrOKjJgtdQR/tcJL0RSsOI0wepGd4aJIq/UW+5YN50W8gkNARzXx
        othv3JG2goPkdOers9V3OBebPIqHeZIh40WGg0aZeOA4uwskOsIGRwecXLLFWSrj
        E507lEUtffp6b6+nWbq1s9TNg8EKGmbDsLS/AgMBAAGjUzBRMB0GA1UdDgQWBBQK
        08sQ1WnJDTyg+LjPPCug3IRvpjAfBgNVHSMEGDAWgBQK08sQ1WnJDTyg+LjPPCug
        3IRvpjAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQCmjeRGtgn6
        m3fWnA+HCMaJmGiFYEZoA5KZ6xj5ehHhmHk8MH74v2bxSepMOg4gkQA0kvVeEOim
        QwGDOr2iUODAW5THW/WHYExQO0Zmg89pnklpyltaLBMQUExsPcqBJZI1hOa/36sR
        KvRal6LD0QKDi5czsE6/10/++31LdJ8sNojaaCI9enZR3OUVvuYUxU/klXUNfqjW
        thV3g+4zxo8CUY25HNH+0RP4sr9emWb9XO0jm2+90DCL8ZolDKgq0YfxKvA3a61n
        +Pv5KEg9GBiJPExGShSlaKvD1wsEcAD+BK4RyDTdYggpXVZHcRgPA2xB8mEt2AzF
        w2vUCErjhkkM
        -----END CERTIFICATE-----
        """

    /// Good until 1790000180, a time that is sent as a text.
    static let good = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAic2FuZGJveC1jbGllbnQiLCAic3ViIjogImFkbWluQHNhbmRib3guZXhhbXBsZSIsICJhdWQiOiA\
        iaHR0cHM6Ly9sb2dpbi5zYWxlc2ZvcmNlLmNvbSIsICJleHAiOiAiMTc5MDAwMDE4MCJ9.LBz30NKwFaLB-xBlp0w76uG5sxt3VXRmMuhmZdrX\
        hX-RJP6ZkYAXE_EodMwtl3SYcZsLUYPOlfIKQUKk8JfamskcMk_dOh3mWWWGc4RBAMfVEq88_KBzeVPLEJpA0Y05oOBvYdE2yBDlKRFXs4recl\
        7ovrPa-j8fs5IZxViQxQ-UkBlBph8Qi1wqPnVLLtq3nt5TzkjSQF14xjQkwuqqWBN1FCMC7fDA4EEXIdPwZtw94cwCFKo1eWJmYeeYP_c_Js4n\
        4R6Qv4qjYZ5f_ESGaQuTYt8Nw9wVSzkhpviYwItmY5-kQk_pIhXADqSmTOsVj8lgXVWnAYD28UPRSxdcwA
        """

    static let numeric = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAic2FuZGJveC1jbGllbnQiLCAic3ViIjogImFkbWluQHNhbmRib3guZXhhbXBsZSIsICJhdWQiOiA\
        iaHR0cHM6Ly90ZXN0LnNhbGVzZm9yY2UuY29tIiwgImV4cCI6IDE3OTAwMDAxODB9.CFjrzkenBVFc_CWqzLKwwidcdfYr5kktOlwxNbAa0UYB\
        0wkgJ7Nxi8r29sjp2Fg1YE2wZS1ls0uXX8OTfXr76R1zW1kvgcQMv2aoIQ4ulQHEXLRsP9F9S7Ug1WGsoEpde40XQHzJVco850jvEweYTdOjJs\
        GjAF-p3MgxxkGrs6cnth7nDjKKZYePA4d2dSgj1oCuPyrR68heDeRS0117XfyYKBrPcgz9N65U8WZ0LR_VdEfLHmxmCyWRh8-bvyVVH9LeJNVM\
        aa3PxojP-u9EEnDdIppHICkV84cvwkGVHBd5TGHHLSZhhjnjp9zzrM6CNE5Xb3-TSihg0IwGyeUoDQ
        """

    static let wrongAudience = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAic2FuZGJveC1jbGllbnQiLCAic3ViIjogImFkbWluQHNhbmRib3guZXhhbXBsZSIsICJhdWQiOiA\
        iaHR0cHM6Ly9leGFtcGxlLmNvbSIsICJleHAiOiAiMTc5MDAwMDE4MCJ9.pnMtggqZxijZC4C9wfAmK3rUitBeXCW6P18r7-S_FNt5lWWjihHE\
        aQVZxWvGKemoHGEeuLT2GdB521su6vKyPgscudM6VTCFJpmxmc3Wo4WxyN3u-1HIRf8J3EJIloZQVMqs_feLXC9wWerdYIYEzQ7x8Qz7OjQayN\
        2EB9bfxUaN2Lc4OWKtPKREV-mTb4pcgfJGHTnVU3v78vHiqbY8xpJLjEy3vqSWVECxW5ZjhoP3hM3LRyMG_W7-C8kw3Ur9p13BPcMhZaFmBPFg\
        UqeGDjdlLxqVXFt7cQpok5LU4aDdUGYHDApN84aIdarxQBte8ZKbJ3e7Vmd0eZPt1W1aRA
        """

    static let wrongUser = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAic2FuZGJveC1jbGllbnQiLCAic3ViIjogInhAeSIsICJhdWQiOiAiaHR0cHM6Ly9sb2dpbi5zYWx\
        lc2ZvcmNlLmNvbSIsICJleHAiOiAiMTc5MDAwMDE4MCJ9.hZGD5F8Skg7XeFGRrcIdNIh4X3GhoWJvqNvBpWNLPZkJZLq5t0zM9RS63bSLI5Vx\
        iGD9F1ll1HCR7wXZrN75hHmME0gw8TJD9TVUwAxJoqf7Fm4AxlqLK1_bW2oV1LoaIGFWYIBiydifo1Vz5esgvgNNa5Ivn3i-aVKy9TTT6WOu7h\
        BO3ZKguL9wjZxJNzEtWrxNOg4vD7VzOjFNOYBnTe_VEkSf9GROJwjmNquxKHnUn5Zv6qHBFsk_Au3LU1_xlG645sKlZb76mlM9iu9pU3Qwh8yi\
        lyNX8PzfyuX-uxBhJLQYRlVM_E6eUFvMTom-z_YcaNjS8gtFHTScC_5wCQ
        """

    static let wrongClient = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAieCIsICJzdWIiOiAiYWRtaW5Ac2FuZGJveC5leGFtcGxlIiwgImF1ZCI6ICJodHRwczovL2xvZ2l\
        uLnNhbGVzZm9yY2UuY29tIiwgImV4cCI6ICIxNzkwMDAwMTgwIn0.gF0HjOfhr37w8hRSLzkfWQ4sjs3yy4P-gYUW2sfIXyU3mf_nHV4GeIIg8\
        iA9g3OUbdCBXfOzXWRjmACbEM4ehv85jXqASAvGYwY2T0suLIav2BIbkF8-q9_wk0Rnoja-9enf_Tk557Qmh-pkeVyfc583Q0ETE3um9LlOPaD\
        n_shexyeIsCQofkSvpGoDb3Dh1_k0m9ucex8AfZLurwsQ-29dldfpWu36_stsOEc0siFfWO-zOrK92snN9vy6Vu5YiYn_-mHbDCtVdGAOQu1k5\
        lKxdCLJ4PS47YcvTBWEudf-FuK1BRZNc3t9NmeLHcs9yq_2PyGPzHF4pODH1J3UbA
        """

    static let late = """
        eyJhbGciOiAiUlMyNTYifQ.eyJpc3MiOiAic2FuZGJveC1jbGllbnQiLCAic3ViIjogImFkbWluQHNhbmRib3guZXhhbXBsZSIsICJhdWQiOiA\
        iaHR0cHM6Ly9sb2dpbi5zYWxlc2ZvcmNlLmNvbSIsICJleHAiOiAxNzg5OTk5OTk5fQ.ZNW6scMtMUAnDTE7_oASf7h9HuOnGRSSKotYTM3vKJ\
        mU_bRbInNnlH6J8rt8f3s1gQtpvz_AySId8u01rqZYOHF_o6rl_DwDrq1mNhrbH8zM2QjN7SGksDt_Afb_JH9OirDQOCwcRncFUq_ARLTkL5n1\
        8eTKOKXyfNG-ljGc7jO-zbcl8F4J1ewfWbyBArz45aGSGKxF5O4Kmht04FYkr2VsrnUM0fXwanNiQt8S5fDNwX-pyv1gCGC66GrzqfAyzPyXct\
        AbWRIXpxzy0zWHpd-0nCGL5bp2VZosKOkLR2Jleodv_JV0N83yQZVzwBOTbAQ821QdgNARVQ5MkNmsKQ
        """
}
