/// The pages for people: made on the server, live and comfortable where the browser runs scripts, whole where it does not.
///
/// `DashboardRoutes` adds the pages and the forms that act. `Components` are the pieces that pages are put together of, `Pages` the pages, each a
/// value that makes `HTML` of what it was given, and `Assets` the one style and script. What a form does is a call of the API's own route
/// (`InnerAPI`), so that people and programs meet the same gates, checks and audit; what a page only shows it may read from the catalog.
