/// What the engine notes of its work, beside the records that it works on, and how people read it.
///
/// `Events`, `Notifications` and `Audit` read what is noted in the transaction in which it happens, which `Catalog` itself does too; `Activity` counts
/// rows and errors, `Answers` keeps what short jobs found out, `Streams` who listens to an org's change events and what they told, `Writes` lanes and
/// bulk jobs under way. `CatalogStore+Retention` forgets. All of it is SQL on tables of `CatalogStore`.
enum SyncJournal {}
