using OtGuard.Collectors;

namespace OtGuard.Models.Tests;

/// <summary>What a deviation is told apart by, in every run.</summary>
[TestClass]
public sealed class DeviationIdentityTests
{
    [TestMethod]
    public void Two_objects_that_show_the_same_in_one_frame_are_two_deviations_and_the_same_ones_in_each_run()
    {
        var first = Ids();

        Assert.AreNotEqual(first[0], first[1]);
        CollectionAssert.AreEqual(first, Ids());
    }

    private static List<string> Ids()
    {
        var table = new DeviationTable("test", null);
        var observation = new Observation
        {
            Connection = new Connection(
                0, default, default, Transport.Tcp, new Conversation(0, default, default, Transport.Tcp, 502)),
            Time = new CaptureTime(1),
            RequestFrame = 7,
        };
        foreach (var (key, place) in new[] { (1UL, "coil 1"), (2UL, "coil 2") })
            table.Open(new FactKey(key), Told(place), in observation);
        return [.. table.All.Select(deviation => deviation.Id)];
    }

    private static Finding Told(string place) => new()
    {
        Kind = DeviationCatalogue.Kind("written-value-not-declared"),
        Subject = "10.0.0.5 → 10.0.0.9 unit 1",
        Expected = "0",
        Observed = "1",
        Message = new Message(
            "written-value-not-declared", ("client", "a"), ("value", "1"), ("place", place), ("server", "b"),
            ("before", "0"), ("declared", "0")),
        Severity = 70,
        SeverityReasons = [],
    };
}
