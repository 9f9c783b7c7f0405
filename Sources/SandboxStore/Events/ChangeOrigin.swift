/// Which API and client changed something, as change events tell it, so that a client can know its own echo.
///
/// It is in force for a task: `ChangeOrigin.$current.withValue(text) { … }`; empty for what the org does by itself.
package enum ChangeOrigin {
    @TaskLocal package static var current = ""
}
