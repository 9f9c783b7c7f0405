import Catalog
import Salesforce
import Sync

/// Holds each mapping's configuration against what the org says of its object.
struct MappingConfigurationCheck: DiagnosisCheck {
    let name = "Mapping Configuration"

    func findings(_ world: DiagnosisWorld) async throws -> [Finding] {
        var findings: [Finding] = []
        for mapping in world.mappings {
            do {
                findings += try await rules(mapping, world).findings
            } catch  where !Task.isCancelled {
                let reason = "The org could not be asked about \(mapping.objectName): \(Failure(error).reason)"
                findings.append(Finding("OBJECT_MUST_BE_VISIBLE", "Object", .error, reason, mapping: mapping.objectName))
            }
        }
        return findings
    }

    private func rules(_ mapping: Mapping, _ world: DiagnosisWorld) async throws -> MappingRules {
        let object = try await world.describes.object(mapping.objectName)
        var fields: [MappedField] = []
        if let object {
            for name in mapping.config.fields {
                fields.append(try await MappedField.find(name, in: object) { try await world.describes.object($0) })
            }
        }
        return MappingRules(
            objectName: mapping.objectName, config: mapping.config, object: object, fields: fields, isOrphaned: mapping.orphanedAt != nil)
    }
}
