/// How connections tell what happens to them: signed webhooks, e-mail, and log drains with Heroku's messages.
///
/// What is told waits in tables (`Records`), written in the transaction in which it happened; `DeliverStep` is the job that tells one outlet what waits for it
/// and forgets it only afterwards, so that everything is told at least once. `OutletAddress` says what an outlet may be, `WebhookMessage`, `DrainLine`
/// and `MailMessage` what it is told, as values; `OutletSender` tells it. Nothing here knows Salesforce or the target databases.
enum Outlets {}
