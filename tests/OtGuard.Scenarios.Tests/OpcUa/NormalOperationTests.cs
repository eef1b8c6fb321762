using System.Globalization;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>
/// Polling, a subscription, setpoints, reconnects and renewed tokens, for a few seconds here and for as long as
/// <c>OTGUARD_OPCUA_NORMAL_SECONDS</c> says in <c>tests/long.sh</c>.
/// </summary>
[TestClass]
[DoNotParallelize]
public sealed class NormalOperationTests
{
    private static readonly int Seconds = int.Parse(
        Environment.GetEnvironmentVariable("OTGUARD_OPCUA_NORMAL_SECONDS") ?? "6", CultureInfo.InvariantCulture);

    [TestMethod]
    [DataRow("None", "anonymous")]
    [DataRow("Sign", "password")]
    [DataRow("SignAndEncrypt", "certificate")]
    public void Normal_operation_with_reconnects_and_renewals_is_observed_as_it_was_logged(string mode, string user)
    {
        using var plant = new OpcUaPlant();

        var recording = plant.Run(new Programme("normal")
        {
            Mode = mode,
            User = user,
            Seconds = Seconds,
            RenewalMilliseconds = 1000,
        });

        var renewals = recording.Events("token").Count(line => line.GetProperty("renewed").GetBoolean());
        Assert.IsGreaterThanOrEqualTo(2, renewals);
        Assert.IsGreaterThanOrEqualTo(2, recording.Events("connected").Count());
        Assert.AreEqual(Chunks.Text(recording.LoggedChunks()), Chunks.Text(Tshark.Chunks(recording)));
        if (mode != "SignAndEncrypt") Exchanges.AssertObservedAsLogged(recording);
        Report(mode, recording, renewals);
    }

    /// <summary>A row of the table that <c>tests/long.sh</c> makes.</summary>
    private static void Report(string mode, Recording recording, int renewals)
    {
        if (Environment.GetEnvironmentVariable("OTGUARD_OPCUA_NORMAL_TABLE") is not { Length: > 0 } table) return;
        var row = string.Create(CultureInfo.InvariantCulture, $"| {mode} | {Tshark.Packets(recording)} "
            + $"| {recording.Events("request").Count()} | {recording.Events("connected").Count()} | {renewals} | agrees |\n");
        File.AppendAllText(table, row);
    }
}
