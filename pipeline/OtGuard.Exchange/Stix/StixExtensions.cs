using System.Text.Json.Nodes;

namespace OtGuard.Exchange.Stix;

/// <summary>Extensions of STIX that bundles carry: the project's own with their definitions, and those of OASIS by id.</summary>
public static class StixExtensions
{
    /// <summary>
    /// What was exchanged, beyond addresses and ports: on <c>network-traffic</c>, and as <c>x-otguard-exchange</c> where
    /// the addresses stay at home.
    /// </summary>
    public static readonly string Exchange = StixIds.Of("extension-definition", "ot-exchange");

    /// <summary>Frames on a CAN bus, as <c>x-otguard-can-frame</c>: STIX has no object for what has no address.</summary>
    public static readonly string CanFrame = StixIds.Of("extension-definition", "can-frame");

    /// <summary>OASIS: the incident core extension, in the version with one property extension.</summary>
    public const string IncidentCore = "extension-definition--ef765651-680c-498d-9894-99799f2fa126";

    /// <summary>OASIS: TLP 2.0.</summary>
    public const string Tlp2 = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

    /// <summary>Who defines the project's extensions.</summary>
    public static readonly string Author = StixIds.Of("identity", "project");

    /// <summary>When the definitions were made.</summary>
    internal const string Created = "2026-01-01T00:00:00.000Z";

    private const string SchemaFolder = "https://otguard.example/schemas/";

    /// <summary>The schema of an extension, as it ships.</summary>
    /// <param name="name"><c>ot-exchange</c> or <c>can-frame</c>.</param>
    public static string Schema(string name)
    {
        using var reader = new StreamReader(typeof(StixExtensions).Assembly.GetManifestResourceStream(
            $"OtGuard.Exchange.Stix.Schemas.{name}.json")!);
        return reader.ReadToEnd();
    }

    /// <summary>The identity of the project and the definitions of its extensions.</summary>
    internal static IEnumerable<JsonObject> Definitions()
    {
        yield return new JsonObject
        {
            ["type"] = "identity",
            ["spec_version"] = "2.1",
            ["id"] = Author,
            ["created"] = Created,
            ["modified"] = Created,
            ["name"] = "OtGuard",
            ["description"] = "The project that defines the extensions used here.",
            ["identity_class"] = "organization",
            ["external_references"] = StixBundle.References("project"),
        };
        yield return Definition(
            "ot-exchange", Exchange, "OT exchange", "What was exchanged in a protocol of operational technology: a property "
            + "extension of network-traffic, and the object x-otguard-exchange where no address is given.",
            "property-extension", "new-sco");
        yield return Definition(
            "can-frame", CanFrame, "CAN frame", "Frames on a CAN bus: the object x-otguard-can-frame.", "new-sco");
    }

    private static JsonObject Definition(string name, string id, string title, string description, params string[] types) => new()
    {
        ["type"] = "extension-definition",
        ["spec_version"] = "2.1",
        ["id"] = id,
        ["created_by_ref"] = Author,
        ["created"] = Created,
        ["modified"] = Created,
        ["name"] = title,
        ["description"] = description,
        // As plain text, which the specification allows: a receiver behind an air gap has it with the bundle.
        ["schema"] = Schema(name),
        ["version"] = "1.0.0",
        ["extension_types"] = new JsonArray([.. types.Select(type => JsonValue.Create(type))]),
        ["external_references"] = new JsonArray(
            new JsonObject { ["source_name"] = StixIds.SourceName, ["external_id"] = name },
            new JsonObject { ["source_name"] = "schema", ["url"] = SchemaFolder + name + ".json" }),
    };
}
