using OtGuard.Collectors;
using OtGuard.Models.Conversations;
using OtGuard.Models.Rhythm;
using OtGuard.Models.Sequence;
using OtGuard.Models.Tests.Rhythm;
using OtGuard.Models.Tests.Vocabulary;

namespace OtGuard.Models.Tests.Sequence;

/// <summary>In which order things are said, and what of it is told.</summary>
[TestClass]
public sealed class SequenceTests
{
    private const string Scada = "10.0.0.5";
    private const string Plc = "10.0.0.9";

    private static readonly Baseline Learned = ModelRun.Learn(traffic => Ask(traffic, 20_000, At));

    [TestMethod]
    public void The_learned_order_is_not_told() =>
        ModelRun.AssertNothingIn(Told(traffic => Ask(traffic, 5_000, At)));

    [TestMethod]
    public void The_same_requests_in_another_order_are_told() => Assert.AreEqual(
        "sequence: 10.0.0.5 → 10.0.0.9",
        Told(traffic =>
        {
            Ask(traffic, 2_000, At);
            Ask(traffic, 200, step => (step * 7919) % 31 % 8);
        }).Single());

    [TestMethod]
    public void Requests_never_heard_among_the_learned_ones_are_told() => Assert.AreEqual(
        "sequence: 10.0.0.5 → 10.0.0.9",
        Told(traffic =>
        {
            Ask(traffic, 2_000, At);
            Ask(traffic, 200, step => step % 2 == 0 ? At(step / 2) : 100 + step);
        }).Single());

    [TestMethod]
    public void An_order_that_is_another_from_the_beginning_is_not_judged() =>
        ModelRun.AssertNothingIn(Told(traffic => Ask(traffic, 3_000, step => 7 - (step % 8))));

    [TestMethod]
    public void One_request_out_of_order_is_not_told() => ModelRun.AssertNothingIn(Told(traffic =>
    {
        Ask(traffic, 2_000, At);
        Ask(traffic, 1, _ => 5);
        Ask(traffic, 1_000, At);
    }));

    [TestMethod]
    public void Probabilities_after_any_two_words_sum_to_one()
    {
        var random = new Random(1);
        var speaker = Speaker();
        int before = -1, last = -1;
        for (var step = 0; step < 2_000; step++)
        {
            var word = speaker.Learn(WordOf((uint)(random.Next(6) * random.Next(3))), before, last);
            (before, last) = (last, word);
        }

        // The unknown word stands for all that were never heard.
        for (before = -1; before < speaker.Words; before++)
        {
            for (last = before < 0 ? -1 : 0; last < speaker.Words; last++)
            {
                var sum = Math.Pow(2, -speaker.Surprise(SpeakerModel.UnknownWord, before, last));
                for (var word = 0; word < speaker.Words; word++) sum += Math.Pow(2, -speaker.Surprise(word, before, last));
                Assert.AreEqual(1, sum, 1e-9, $"after {before}, {last}");
            }
        }
    }

    [TestMethod]
    public void Words_and_triples_beyond_their_bounds_are_counted()
    {
        var speaker = Speaker();
        int before = -1, last = -1;
        for (uint step = 0; step < 100_000; step++)
        {
            var word = speaker.Learn(WordOf(step * 48271 % 5_000), before, last);
            (before, last) = (last, word);
        }

        Assert.AreEqual(SpeakerModel.MaximumWords, speaker.Words);
        Assert.IsLessThanOrEqualTo(SpeakerModel.MaximumGrams, speaker.Grams);
        Assert.IsGreaterThan(0, speaker.Beyond);
        Assert.IsTrue(double.IsFinite(speaker.Surprise(SpeakerModel.UnknownWord, before, last)));
    }

    private static IReadOnlyList<string> Told(Action<Traffic> act) =>
        [.. ModelRun.Judge(Learned, act).Where(line => line.StartsWith("sequence", StringComparison.Ordinal))];

    private static int At(int step) => step % 8;

    private static void Ask(Traffic traffic, int steps, Func<int, int> which)
    {
        for (var step = 0; step < steps; step++)
        {
            traffic.Read(Scada, Plc, (uint)which(step) * 10, 10);
            traffic.After(TimeSpan.FromMilliseconds(100));
        }
    }

    private static Word WordOf(uint start) =>
        Word.Of(new LivePoll(PollKind.Poll, 1, 0, 1, 3, -1, new Target(TargetSpace.HoldingRegisters, start, 1)));

    private static SpeakerModel Speaker() =>
        new(new SpeakerKey(new TrafficKey("modbus", NetworkAddress.Parse(Scada), NetworkAddress.Parse(Plc), 502), IsBus: false));
}
