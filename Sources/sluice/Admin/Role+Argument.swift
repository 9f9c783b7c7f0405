public import ArgumentParser
public import Catalog

/// A role by its name.
extension Role: ExpressibleByArgument {}
