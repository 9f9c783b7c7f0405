// Redaction: secrets that do not show. Whatever holds one wraps it in `Redacted`, so that neither its own description, nor that of what holds
// it, nor a look at it by reflection (as ServiceLifecycle's log lines take of services) tells it. Knows nothing of what the secrets are.
