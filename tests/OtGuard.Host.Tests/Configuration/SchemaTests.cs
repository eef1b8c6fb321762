using System.Text.Json.Nodes;
using OtGuard.Host.Configuration;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Configuration;

/// <summary>The published schema and what the program binds are the same, key by key.</summary>
[TestClass]
public sealed class SchemaTests
{
    private static string PathOf(string name) =>
        Path.Combine(SharedData.RepositoryRoot, "pipeline", "OtGuard.Host", "Configuration", name);

    [TestMethod]
    [DataRow(typeof(ServiceConfiguration), "otguard.schema.json", "Configuration of 'otguard run'")]
    [DataRow(typeof(SiteSettings), "otguard-site.schema.json", "A declared site")]
    public void Published_schema_is_the_one_of_what_is_bound(Type type, string name, string title)
    {
        var rendered = SettingsSchema.Render(type, title);
        if (Environment.GetEnvironmentVariable("OTGUARD_BLESS") == "1") File.WriteAllText(PathOf(name), rendered);

        Assert.AreEqual(
            rendered, File.ReadAllText(PathOf(name)),
            $"{name} differs from the settings; run this test with OTGUARD_BLESS=1 and look at the difference.");
        Assert.DoesNotContain("\"description\": \"\"", rendered);
    }

    [TestMethod]
    [DataRow(typeof(ServiceConfiguration), "otguard.schema.json")]
    [DataRow(typeof(SiteSettings), "otguard-site.schema.json")]
    public void Every_key_of_the_schema_is_bound_and_one_that_is_not_in_it_is_a_fault(Type type, string name)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("secret"), "hidden");
        var schema = JsonNode.Parse(File.ReadAllText(PathOf(name)))!.AsObject();
        var unknown = 0;

        var full = Example(schema, folder, addUnknown: false, ref unknown);
        var reader = new SettingsReader(folder.Path, new Dictionary<string, string>());
        Read(reader, type, full);
        Assert.IsEmpty(reader.Faults, string.Join('\n', reader.Faults));

        var wrong = Example(schema, folder, addUnknown: true, ref unknown);
        reader = new SettingsReader(folder.Path, new Dictionary<string, string>());
        Read(reader, type, wrong);
        Assert.HasCount(unknown, reader.Faults, string.Join('\n', reader.Faults));
        foreach (var fault in reader.Faults) Assert.Contains("no such setting", fault.Text);
    }

    [TestMethod]
    public void The_examples_of_the_documentation_are_configurations()
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "README.md"));
        var examples = text.Split("```json").Skip(1).Select(part => part.Split("```")[0]).ToList();
        Assert.HasCount(2, examples);

        foreach (var example in examples)
        {
            var reader = new SettingsReader(folder.Path, new Dictionary<string, string>());
            var type = example.Contains("\"sources\"", StringComparison.Ordinal)
                ? typeof(ServiceConfiguration)
                : typeof(SiteSettings);
            Read(reader, type, reader.Parse(example)!);
            // What it names is not there; how it is written is sound.
            Assert.IsTrue(
                reader.Faults.All(fault => fault.Text.StartsWith("The secret cannot be read", StringComparison.Ordinal)),
                string.Join('\n', reader.Faults));
        }
    }

    private static void Read(SettingsReader reader, Type type, JsonNode json) =>
        typeof(SettingsReader).GetMethod(nameof(SettingsReader.Read))!.MakeGenericMethod(type)
            .Invoke(reader, [json, Activator.CreateInstance(type)]);

    /// <summary>A value that fits: of objects every key, of lists one item.</summary>
    private static JsonNode Example(JsonObject schema, TemporaryFolder folder, bool addUnknown, ref int unknown)
    {
        if (schema["oneOf"] is not null) return new JsonObject { ["file"] = folder.File("secret") };
        if (schema["enum"] is JsonArray words) return words[^1]!.DeepClone();
        var type = schema["type"] is JsonArray several ? several[0]!.GetValue<string>()
            : schema["type"]!.GetValue<string>();
        switch (type)
        {
            case "object":
                var json = new JsonObject();
                foreach (var (key, value) in schema["properties"]!.AsObject())
                    json[key] = Example(value!.AsObject(), folder, addUnknown, ref unknown);
                if (addUnknown)
                {
                    json["surelyNotASettingOfAnything"] = 1;
                    unknown++;
                }

                return json;
            case "array":
                return new JsonArray(Example(schema["items"]!.AsObject(), folder, addUnknown, ref unknown));
            case "boolean":
                return true;
            case "integer" or "number":
                return schema["minimum"]!.GetValue<double>();
            default:
                return (schema["format"] ?? schema["pattern"])?.GetValue<string>() switch
                {
                    "uri" => "http://127.0.0.1:1",
                    "date-time" => "2026-01-02T03:04:05Z",
                    SettingsSchema.HourPattern => "06:30",
                    SettingsSchema.TimePattern => "90s",
                    _ => "text",
                };
        }
    }
}
