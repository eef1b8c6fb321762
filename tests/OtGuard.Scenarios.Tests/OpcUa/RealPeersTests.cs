namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// The peers themselves: every programme runs, its recording is whole, and an independent dissector agrees with the
/// client's own log. What OtGuard is compared with is thereby known to be right.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class RealPeersTests
{
    private static OpcUaPlant? _plant;

    private static OpcUaPlant Plant => _plant ??= new OpcUaPlant();

    [ClassCleanup]
    public static void StopThePlant() => _plant?.Dispose();

    [TestMethod]
    public void Services_logged_without_security_are_those_an_independent_dissector_reads()
    {
        var recording = Plant.Run(new Programme("tour,normal,sweep,first-write,call,guess,channels") { Seconds = 3 });

        Assert.AreEqual(Text(recording.LoggedMessages()), Text(Tshark.Messages(recording)));
        Assert.AreEqual(Text(recording.LoggedChunks()), Text(Tshark.Chunks(recording)));
        Assert.IsEmpty(Tshark.MalformedFrames(recording));
    }

    [TestMethod]
    [DataRow("Sign", "password")]
    [DataRow("SignAndEncrypt", "certificate")]
    public void Chunks_logged_with_security_are_those_an_independent_dissector_reads(string mode, string user)
    {
        var recording = Plant.Run(new Programme("tour,normal") { Mode = mode, User = user, Seconds = 3 });

        Assert.AreEqual(Text(recording.LoggedChunks()), Text(Tshark.Chunks(recording)));
    }

    [TestMethod]
    public void Tokens_are_renewed_and_connections_made_anew_in_normal_operation()
    {
        using var plant = new OpcUaPlant(lifetimeMilliseconds: 2000);
        var recording = plant.Run(new Programme("normal") { Mode = "Sign", Seconds = 7, LifetimeMilliseconds = 2000 });

        Assert.IsGreaterThanOrEqualTo(2, recording.Events("token").Count(line => line.GetProperty("renewed").GetBoolean()));
        Assert.IsGreaterThanOrEqualTo(4, recording.Events("connected").Count());
        Assert.AreEqual(Text(recording.LoggedChunks()), Text(Tshark.Chunks(recording)));
    }

    [TestMethod]
    public void Raw_attacks_are_on_the_wire_as_they_were_sent()
    {
        var recording = Plant.Run(new Programme("nesting,paths") { From = "127.0.0.9" });

        Assert.AreEqual(Text(recording.LoggedChunks()), Text(Tshark.Chunks(recording)));
    }

    private static string Text(SortedDictionary<string, int> counts) =>
        string.Join('\n', counts.Select(static pair => $"{pair.Key} {pair.Value}"));

    private static string Text(SortedDictionary<string, List<string>> chunks) =>
        string.Join('\n', chunks.Select(static pair => $"{pair.Key}: {string.Join(", ", pair.Value)}"));
}
