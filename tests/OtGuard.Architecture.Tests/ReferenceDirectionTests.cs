using System.Xml.Linq;
using OtGuard.TestKit;

namespace OtGuard.Architecture.Tests;

/// <summary>Dependencies point one way: host → detections → models → observations ← collectors.</summary>
[TestClass]
public sealed class ReferenceDirectionTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["OtGuard.Collectors"] = [],
        ["OtGuard.Collectors.Can"] = ["OtGuard.Collectors"],
        ["OtGuard.Collectors.Capture"] = ["OtGuard.Collectors"],
        ["OtGuard.Collectors.Modbus"] = ["OtGuard.Collectors"],
        ["OtGuard.Collectors.OpcUa"] = ["OtGuard.Collectors"],
        ["OtGuard.Models"] = ["OtGuard.Collectors"],
        ["OtGuard.Models.MlNet"] = ["OtGuard.Models"],
        ["OtGuard.Detections"] = ["OtGuard.Models"],
        ["OtGuard.Alerting"] = ["OtGuard.Models"],
        ["OtGuard.Storage"] = ["OtGuard.Alerting"],
        ["OtGuard.Exchange"] = ["OtGuard.Alerting"],
        ["OtGuard.Dashboard"] = ["OtGuard.Exchange", "OtGuard.Storage"],
        ["OtGuard.Simulators"] = [],
        ["OtGuard.Host"] =
        [
            "OtGuard.Detections", "OtGuard.Models.MlNet", "OtGuard.Collectors.Capture", "OtGuard.Collectors.Modbus",
            "OtGuard.Collectors.Can", "OtGuard.Collectors.OpcUa", "OtGuard.Simulators", "OtGuard.Storage",
            "OtGuard.Exchange",
            "OtGuard.Dashboard",
        ],
    };

    private static readonly string[] ProductFolders = ["collectors", "dashboards", "models", "pipeline", "simulators"];

    private static IEnumerable<string> ProductProjects() =>
        ProductFolders.SelectMany(folder => Directory.EnumerateFiles(
                Path.Combine(SharedData.RepositoryRoot, folder), "*.csproj", SearchOption.AllDirectories));

    [TestMethod]
    public void Every_product_project_has_its_allowed_references_stated_here()
    {
        var projects = ProductProjects().Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal).ToArray();

        CollectionAssert.AreEqual(Allowed.Keys.Order(StringComparer.Ordinal).ToArray(), projects);
    }

    [TestMethod]
    public void No_project_references_one_it_may_not()
    {
        foreach (var project in ProductProjects())
        {
            var name = Path.GetFileNameWithoutExtension(project);
            var references = XDocument.Load(project).Descendants("ProjectReference")
                .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

            var forbidden = references.Except(Allowed[name]).ToArray();

            Assert.IsEmpty(forbidden, $"{name} references {string.Join(", ", forbidden)}.");
        }
    }

    [TestMethod]
    public void Product_projects_reference_no_test_project()
    {
        foreach (var project in ProductProjects())
            Assert.DoesNotContain("tests/", File.ReadAllText(project), $"{project} references something under tests.");
    }
}
