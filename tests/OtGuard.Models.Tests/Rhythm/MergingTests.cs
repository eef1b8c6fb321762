using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Tests.Rhythm;

/// <summary>What a baseline that is extended keeps of the rhythms, conversations and sequences it knew before.</summary>
[TestClass]
public sealed class MergingTests
{
    private const string Scada = "10.0.0.5";
    private const string First = "10.0.0.9";
    private const string Second = "10.0.0.10";

    private static readonly ModelSet Earlier = Learn(First).Models;
    private static readonly ModelSet Later = Learn(Second).Models;

    [TestMethod]
    [DataRow("polls")]
    [DataRow("traffic")]
    [DataRow("sequence")]
    public void What_was_not_seen_again_is_kept_beside_what_was(string family)
    {
        var both = Of(Later.Extend(Earlier), family);

        CollectionAssert.AreEquivalent(
            new[] { NetworkAddress.Parse(First), NetworkAddress.Parse(Second) }, both.Assets.ToArray());
        foreach (var (asset, alone) in (ReadOnlySpan<(string, ModelSet)>)[(First, Earlier), (Second, Later)])
        {
            var stage = both.StageOf(NetworkAddress.Parse(asset));
            Assert.AreEqual(Of(alone, family).StageOf(NetworkAddress.Parse(asset)), stage);
            Assert.AreNotEqual(LearningStage.Learning, stage);
        }

        Assert.AreEqual(LearningStage.Learning, both.StageOf(NetworkAddress.Parse(Scada)));
        CollectionAssert.AreEquivalent(
            Of(Earlier, family).Lines().Concat(Of(Later, family).Lines()).ToArray(), both.Lines().ToArray());
    }

    [TestMethod]
    public void Merged_models_are_read_back_as_they_were_written()
    {
        var both = Later.Extend(Earlier);

        var read = ModelSet.FromAttachments(both.ToAttachments());

        CollectionAssert.AreEqual(both.Lines().ToArray(), read.Lines().ToArray());
    }

    [TestMethod]
    public void What_was_seen_again_stands_as_it_was_seen_last()
    {
        var again = Later.Extend(Later);

        CollectionAssert.AreEqual(Later.Lines().ToArray(), again.Lines().ToArray());
    }

    private static FamilyModel Of(ModelSet models, string family) => models.Models.Single(model => model.Family == family);

    private static Baseline Learn(string server) => ModelRun.Learn(traffic =>
    {
        for (var second = 0; second < 1800; second++)
        {
            traffic.After(TimeSpan.FromSeconds(1));
            traffic.Read(Scada, server, 0, 10);
            for (ushort address = 20; address < 60; address += 10) traffic.Read(Scada, server, address, 4);
        }
    });
}
