import WebServer

/// The documentation of every route of the API: what `/openapi.json` and `/docs` are made of. A test holds it against the route table.
enum APIDocumentation {
    /// All routes, in the order in which readers find them.
    static let routes: [RouteDocumentation] = [
        DiscoveryRoutes.documentation,
        ConnectionRoutes.documentation,
        MappingRoutes.documentation,
        SchemaRoutes.documentation,
        ValidationRoutes.documentation,
        VersionRoutes.documentation,
        AdoptionRoutes.documentation,
        ExternalObjectRoutes.documentation,
        JournalRoutes.documentation,
        WriteSwitchRoutes.documentation,
        JobRoutes.documentation,
        SignInRoutes.documentation,
        OwnAccountRoutes.documentation,
        UserRoutes.documentation,
        AccessRoutes.documentation,
        AppDatabaseRoutes.documentation,
        LogRoutes.documentation, ActivityRoutes.documentation, AuditRoutes.documentation, QueueRoutes.documentation,
        AbortRoute.documentation, PollAllowanceRoute.documentation,
        OutletRoutes.documentation, FailedChangeRoutes.documentation, RowRoutes.documentation,
        SupportedObjectRoutes.documentation, VerifyRoutes.documentation, ConnectionLifeRoutes.documentation,
        TargetSchemaRoutes.documentation, WriteLagRoute.documentation,
        HealthRoutes.documentation,
        MetricsRoute.documentation,
        DocumentationRoutes.documentation,
        SessionRoutes.documentation,
    ].flatMap { $0 }
}
