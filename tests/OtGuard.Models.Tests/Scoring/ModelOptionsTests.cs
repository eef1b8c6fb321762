using OtGuard.Models.MlNet;
using OtGuard.Models.Scoring;
using OtGuard.Models.Tests.Vocabulary;
using OtGuard.Models.Training;

namespace OtGuard.Models.Tests.Scoring;

[TestClass]
public sealed class ModelOptionsTests
{
    [TestMethod]
    public void Every_setting_as_text_gives_itself_again()
    {
        foreach (var options in new[] { new ModelOptions(), new ModelOptions { Families = [] } })
        {
            var read = new ModelOptions { Families = ["polls"], Seed = 7 };
            foreach (var (name, value) in options.Values()) read = read.With(name, value);

            Assert.AreSequenceEqual(options.Values(), read.Values());
            Assert.AreSequenceEqual(ModelOptions.Names, options.Values().Select(setting => setting.Name));
        }
    }

    [TestMethod]
    public void Families_stand_in_their_own_order_once()
    {
        var options = new ModelOptions().With("families", "sequence, polls,polls");

        Assert.AreEqual("polls, sequence", string.Join(", ", options.Families));
    }

    [TestMethod]
    public void A_family_that_there_is_not_is_refused_with_those_that_there_are()
    {
        var refused = Assert.ThrowsExactly<FormatException>(() => new ModelOptions().With("families", "polls,rhythm"));

        Assert.Contains("'rhythm'", refused.Message);
        foreach (var family in ModelFamilies.All) Assert.Contains(family.Name, refused.Message);
    }

    [TestMethod]
    [DataRow("none", "")]
    [DataRow("polls", "polls")]
    public void Only_the_families_asked_for_are_trained(string families, string trained)
    {
        var learner = new BaselineLearner(
            Traffic.Protocols, FrameSelection.All,
            new LearningOptions { Models = new ModelOptions().With("families", families) });
        var traffic = new Traffic(learner);
        for (var poll = 0; poll < 600; poll++)
        {
            traffic.Read("10.0.0.5", "10.0.0.9", 0, 10);
            traffic.Time += TimeSpan.FromSeconds(1);
        }

        traffic.Flush();
        var baseline = learner.Complete(new MlNetTrainer(), progress: null, CancellationToken.None);

        Assert.AreEqual(trained, string.Join(',', baseline.Models.Models.Select(model => model.Family)));
    }
}
