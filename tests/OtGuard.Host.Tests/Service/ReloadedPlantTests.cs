using System.Text.Json;
using OtGuard.Detections;
using OtGuard.Host.Configuration;
using OtGuard.Host.Plant;
using OtGuard.Host.Service;
using OtGuard.Models.Scoring;
using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests.Service;

/// <summary>The page goes by the site file that is in force.</summary>
[TestClass]
public sealed class ReloadedPlantTests
{
    private static readonly string[] Block = ["10.0.1.0/24"];

    [TestMethod]
    public void Names_zones_and_levels_are_those_of_the_site_file_that_was_read_last()
    {
        using var folder = new TemporaryFolder();
        var before = Read(folder, "north", "bay-1", 1);
        var after = Read(folder, "south", "bay-2", 2.5);
        var inForce = before;
        var parts = new JudgeParts(
            new Dictionary<string, Baseline>(), null, null, AlarmBudget.Default, new DetectorOptions(), before.Site,
            before.Configuration.Traffic, before.Configuration.Evidence);
        using var plant = new MonitorPlant(
            before.Configuration, () => inForce, parts, () => throw new InvalidOperationException("Nobody asks."),
                () => [],
            TimeProvider.System);

        Assert.AreEqual("bay-1 1", $"{plant.Zones[0].Name} {plant.Zones[0].Level}");
        Assert.AreEqual("north relay", plant.Declared["10.0.1.9"].Name);
        inForce = after;

        Assert.AreEqual("bay-2 2.5", FormattableString.Invariant($"{plant.Zones[0].Name} {plant.Zones[0].Level}"));
        Assert.AreEqual("bay-2", plant.ZoneOf("10.0.1.9"));
        Assert.AreEqual("south relay", plant.Declared["10.0.1.9"].Name);
    }

    private static (ServiceConfiguration Configuration, Site Site) Read(
        TemporaryFolder folder, string name, string zone, double level)
    {
        File.WriteAllText(folder.File("site.json"), JsonSerializer.Serialize(new
        {
            name,
            zones = new[] { new { name = zone, level, addresses = Block } },
            assets = new[] { new { address = "10.0.1.9", name = $"{name} relay" } },
        }));
        File.WriteAllText(folder.File("otguard.json"),
            """{ "site": "site.json", "sources": [], "traffic": { "keep": false } }""");
        var nothing = new Dictionary<string, string>();
        var configuration = ConfigurationFile.Read(new FileInfo(folder.File("otguard.json")), nothing);
        return (configuration, SiteFile.Read(configuration.Site, nothing));
    }
}
