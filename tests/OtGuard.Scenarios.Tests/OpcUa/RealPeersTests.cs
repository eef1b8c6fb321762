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
        Assert.AreEqual(Chunks.Text(recording.LoggedChunks()), Chunks.Text(Tshark.Chunks(recording)));
        Assert.IsEmpty(Tshark.MalformedFrames(recording));
    }

    [TestMethod]
    [DataRow("Sign", "password")]
    [DataRow("SignAndEncrypt", "certificate")]
    public void Chunks_logged_with_security_are_those_an_independent_dissector_reads(string mode, string user)
    {
        var recording = Plant.Run(new Programme("tour,normal") { Mode = mode, User = user, Seconds = 3 });

        Assert.AreEqual(Chunks.Text(recording.LoggedChunks()), Chunks.Text(Tshark.Chunks(recording)));
    }

    [TestMethod]
    public void Raw_attacks_are_on_the_wire_as_they_were_sent()
    {
        var recording = Plant.Run(new Programme("nesting,paths") { From = "127.0.0.9" });

        Assert.AreEqual(Chunks.Text(recording.LoggedChunks()), Chunks.Text(Tshark.Chunks(recording)));
    }

    private static string Text(SortedDictionary<string, int> counts) =>
        string.Join('\n', counts.Select(static pair => $"{pair.Key} {pair.Value}"));
}
