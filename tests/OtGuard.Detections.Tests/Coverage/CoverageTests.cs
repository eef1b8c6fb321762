using OtGuard.Models;
using OtGuard.TestKit;

namespace OtGuard.Detections.Tests.Coverage;

/// <summary>Each row of the catalogue fires on its positive and is silent on its twin; the table says which do.</summary>
[TestClass]
public sealed class CoverageTests
{
    [TestMethod]
    [DynamicData(nameof(CoverageCases.Indexes), typeof(CoverageCases))]
    public void Positive_raises_its_kind(int index, string name)
    {
        var acted = CoverageCases.All[index];
        var deviations = CoverageRun.Positive(acted);

        var raised = deviations.Where(deviation => deviation.Kind.Name == acted.Kind).ToList();
        Assert.IsNotEmpty(raised, $"{name} was not raised; raised were: {Told(deviations)}");
        var isAlarm = raised[0].Kind.Severity >= Severity.AlarmFrom;
        Assert.AreEqual(isAlarm, raised.Any(deviation => !deviation.IsInformation), Told(raised));
        Assert.AreEqual(acted.Row, raised[0].Kind.Row);
        foreach (var deviation in raised)
        {
            Assert.IsGreaterThan(0, deviation.Frames.Count, name);
            var sentence = Messages.Format(deviation.Finding.Message);
            Assert.EndsWith(".", sentence);
            Assert.DoesNotContain("{", sentence);
            Assert.IsNotEmpty(deviation.Finding.SeverityReasons);
        }
    }

    [TestMethod]
    [DynamicData(nameof(CoverageCases.Indexes), typeof(CoverageCases))]
    public void Twin_raises_neither_its_kind_nor_any_alarm(int index, string name)
    {
        var acted = CoverageCases.All[index];

        var deviations = CoverageRun.Twin(acted);

        var unwanted = deviations
            .Where(deviation => (deviation.Kind.Name == acted.Kind && !acted.TwinTellsForInformation)
                || (!deviation.IsInformation && !acted.TwinMayRaise.Contains(deviation.Kind.Name)))
            .ToList();
        Assert.IsEmpty(unwanted, $"{name}; its twin '{acted.Twin}' raised: {Told(unwanted)}");
    }

    [TestMethod]
    [DataRow(nameof(CoverageNetwork.Plant))]
    [DataRow(nameof(CoverageNetwork.Car))]
    [DataRow(nameof(CoverageNetwork.Truck))]
    [DataRow(nameof(CoverageNetwork.Process))]
    [DataRow(nameof(CoverageNetwork.Drive))]
    [DataRow(nameof(CoverageNetwork.OpcUa))]
    [DataRow(nameof(CoverageNetwork.OpcUaSigned))]
    [DataRow(nameof(CoverageNetwork.OpcUaEncrypted))]
    public void Normal_traffic_raises_nothing_at_all(string name)
    {
        var network = Enum.Parse<CoverageNetwork>(name);
        var baseline = CoverageRun.Learn(network, new LearningOptions());

        var deviations = CoverageRun.Judge(baseline, static _ => { }, new DetectorOptions(), network);

        Assert.IsEmpty(deviations, Told(deviations));
    }

    [TestMethod]
    public void No_row_is_open()
    {
        Assert.IsEmpty(CoverageTable.Open, $"Open rows: {string.Join(", ", CoverageTable.Open)}");
    }

    [TestMethod]
    public void Committed_table_is_the_generated_one()
    {
        var path = Path.Combine(SharedData.RepositoryRoot, "models", "OtGuard.Detections", "COVERAGE.md");
        var generated = CoverageTable.Render();
        if (Environment.GetEnvironmentVariable("OTGUARD_BLESS") == "1") File.WriteAllText(path, generated);

        Assert.AreEqual(
            generated,
            File.Exists(path) ? File.ReadAllText(path) : "",
            "models/OtGuard.Detections/COVERAGE.md differs from the detectors and cases; run this test with "
            + "OTGUARD_BLESS=1 and look at the difference before committing it.");
    }

    private static string Told(IEnumerable<Deviation> deviations) => string.Join(
        "\n",
        deviations.Select(d => $"{d.Kind.Name} ({d.Finding.Severity}): {Messages.Format(d.Finding.Message)}"));
}
