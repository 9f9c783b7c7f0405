/// People and what they prove themselves with: accounts and their access, passwords, API tokens, sessions of the dashboard, and sign-ins of
/// connections at Salesforce.
///
/// `People` says who there is and gives roles, `Tokens` and `Sessions` know by hashes alone whoever comes, and `SignIn` holds what the API asks of
/// whoever can call Salesforce (`OrgSignIn`). All of it is records of `CatalogStore`; what a `User` may do with a connection is the catalog's own
/// rule. Nothing here knows HTTP or Salesforce.
enum Accounts {}
