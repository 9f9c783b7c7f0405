import SandboxData

/// What stands in a select list, and fields with functions around them wherever a field can stand.
extension SOQLParser {
    mutating func selectList(_ result: inout ParsedQuery) throws(SOQLError) {
        repeat {
            if take(symbol: "(") {
                result.columns.append(.children(try statement(isNested: true)))
            } else if isKeyword("typeof"), following.kind != .symbol(",") {
                result.columns.append(.typeOf(try typeOf()))
            } else if following.kind == .symbol("(") {
                try function(&result)
            } else {
                let path = try path()
                result.columns.append(.field(path, alias: alias()))
            }
        } while take(symbol: ",")
        if result.isCount, !result.columns.isEmpty { throw unexpected() }
    }

    /// A name behind a column, unless the statement goes on with FROM.
    private mutating func alias() -> String? {
        guard case .name(let name) = current.kind, name.lowercased() != "from", !name.contains(".") else { return nil }
        position += 1
        return name
    }

    private mutating func function(_ result: inout ParsedQuery) throws(SOQLError) {
        guard case .name(let name) = current.kind else { throw unexpected() }
        let offset = current.offset
        switch name.lowercased() {
        case "count" where isEmptyCall:
            position += 3
            guard !result.isCount else { throw unexpected() }
            result.isCount = true
        case "fields":
            position += 2
            guard case .name(let word) = current.kind, let group = ParsedQuery.FieldGroup(rawValue: word.lowercased()) else {
                throw unexpected()
            }
            position += 1
            try expect(symbol: ")")
            result.columns.append(.group(group, offset: offset))
        case "tolabel", "convertcurrency":
            let field = try field()
            result.columns.append(.presented(field, .plain, alias: alias()))
        case "format": try format(&result)
        case "grouping":
            let field = try subtotalField()
            result.columns.append(.isSubtotal(field, alias: alias()))
        default:
            if let function = aggregateFunction() {
                var aggregate = try aggregate(function)
                aggregate.alias = alias()
                result.columns.append(.aggregate(aggregate))
            } else {
                let field = try field()
                result.columns.append(.field(field, alias: alias()))
            }
        }
    }

    private var isEmptyCall: Bool {
        var ahead = self
        ahead.position += 2
        return ahead.current.kind == .symbol(")")
    }

    /// `FORMAT(field)`, of an aggregate, or of a field in another currency.
    private mutating func format(_ result: inout ParsedQuery) throws(SOQLError) {
        position += 2
        if following.kind == .symbol("("), let function = aggregateFunction() {
            var aggregate = try aggregate(function)
            try expect(symbol: ")")
            aggregate.presentation = .formatted
            aggregate.alias = alias()
            result.columns.append(.aggregate(aggregate))
            return
        }
        let field = try field()
        try expect(symbol: ")")
        result.columns.append(.presented(field, .formatted, alias: alias()))
    }

    /// `TYPEOF What WHEN Account THEN Phone, Name WHEN Opportunity THEN Amount ELSE Name END`
    private mutating func typeOf() throws(SOQLError) -> ParsedQuery.TypeOf {
        try expect("typeof")
        let reference = try path()
        var branches: [(object: ParsedQuery.Path, fields: [ParsedQuery.Path])] = []
        while take("when") {
            let object = try path()
            try expect("then")
            branches.append((object, try paths()))
        }
        guard !branches.isEmpty else { throw unexpected() }
        let otherwise: [ParsedQuery.Path]? = if take("else") { try paths() } else { nil }
        try expect("end")
        return ParsedQuery.TypeOf(reference: reference, branches: branches, otherwise: otherwise)
    }

    private mutating func paths() throws(SOQLError) -> [ParsedQuery.Path] {
        var paths: [ParsedQuery.Path] = []
        repeat { paths.append(try path()) } while take(symbol: ",")
        return paths
    }

    func aggregateFunction() -> ParsedQuery.Aggregate.Function? {
        guard case .name(let name) = current.kind else { return nil }
        return ParsedQuery.Aggregate.Function(rawValue: name.lowercased())
    }

    /// From the function's name on.
    mutating func aggregate(_ function: ParsedQuery.Aggregate.Function) throws(SOQLError) -> ParsedQuery.Aggregate {
        position += 2
        let field = try field()
        try expect(symbol: ")")
        return ParsedQuery.Aggregate(function: function, path: field)
    }

    /// `GROUPING(field)`, from the function's name on.
    mutating func subtotalField() throws(SOQLError) -> ParsedQuery.Path {
        position += 2
        let field = try field()
        try expect(symbol: ")")
        return field
    }

    /// A field, perhaps with a function around it.
    mutating func field() throws(SOQLError) -> ParsedQuery.Path {
        guard following.kind == .symbol("("), case .name(let name) = current.kind else { return try path() }
        let start = current
        try enter()
        defer { leave() }
        position += 2
        var field: ParsedQuery.Path
        switch name.lowercased() {
        // The labels are the values, there is one currency, and the user's time zone is GMT.
        case "tolabel", "convertcurrency", "converttimezone": field = try self.field()
        case "distance":
            field = try path()
            field.function = .distance(try distance())
        default:
            guard let function = DateFunction(rawValue: name.lowercased()) else {
                throw .at(
                    start.offset, in: query, code: "MALFORMED_QUERY", "unexpected token: '\(start.text)', which is no function of SOQL")
            }
            field = try self.field()
            guard field.function == nil else { throw unexpected(start) }
            field.function = .date(function)
        }
        try expect(symbol: ")")
        return field
    }

    /// `, GEOLOCATION(37.7,-122.4), 'mi'`
    private mutating func distance() throws(SOQLError) -> DistanceFunction {
        try expect(symbol: ",")
        try expect("geolocation")
        try expect(symbol: "(")
        let latitude = try degrees(90)
        try expect(symbol: ",")
        let longitude = try degrees(180)
        try expect(symbol: ")")
        try expect(symbol: ",")
        guard case .string(let unit) = current.kind, ["mi", "km"].contains(unit.lowercased()) else { throw unexpected() }
        position += 1
        return DistanceFunction(latitude: latitude, longitude: longitude, isInMiles: unit.lowercased() == "mi")
    }

    private mutating func degrees(_ limit: Double) throws(SOQLError) -> Double {
        guard case .number(let number) = current.kind, number.magnitude <= limit else { throw unexpected() }
        position += 1
        return number
    }
}
