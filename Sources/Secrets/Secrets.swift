// Secrets: the product's cryptography, over OpenSSL's EVP interface. Nothing here is home-made but the encodings.
//
// - `SealingKey` seals stored credentials (AES-256-GCM; the context, such as a table's column and row, is authenticated).
// - `Token` makes API tokens and `TokenHash` is what the database keeps of them.
// - `PasswordHash` keeps people's passwords (scrypt).
// - `RSAPrivateKey` signs JWT assertions (RS256), `HMAC` and `SHA256Stream` do what their names say.
//
// The module never logs, and its errors never hold what they were given.
