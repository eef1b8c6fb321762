using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;
using OtGuard.TestKit;

namespace OtGuard.Host.Tests;

/// <summary>
/// The simulated OPC UA traffic, which shares no code with the decoder, as the decoder and the detectors see it.
/// </summary>
[TestClass]
public sealed class OpcUaSimulationTests
{
    private static readonly string[] WithoutRow = ["certificate-self-signed", "anonymous-user"];

    // Values and rhythm are judged by models, which take more than two cycles to learn.
    private static readonly string[] OfModels = ["C14", "C17"];

    [TestMethod]
    public void Decoder_finds_every_exchange_of_a_clean_cycle_whole()
    {
        using var folder = new TemporaryFolder();
        var cycle = DemoScenario.Substation(5) with { Duration = TimeSpan.FromMinutes(10), JoinMidway = false };
        Write(folder.File("a.pcap"), cycle);

        var run = Otguard.Run("inspect", folder.File("a.pcap"), "--show", "observations", "--format", "jsonl");

        var seen = run.Json.Where(o => o.GetProperty("protocol").GetString() == "opcua").ToList();
        string Of(System.Text.Json.JsonElement o, string name) => o.GetProperty(name).GetString()!;
        var anomalies = seen.SelectMany(o => o.GetProperty("anomalies").EnumerateArray())
            .Select(name => name.GetString()!);
        Assert.IsEmpty(anomalies.Except(WithoutRow));
        // What opens a signed channel cannot be paired; Publish requests that wait at the end of a session are refused.
        var odd = seen.Where(o => Of(o, "outcome") != "Succeeded").Select(o => Of(o, "operation")).Distinct();
        Assert.IsEmpty(odd.Except(["OpenSecureChannel", "Publish"]));
        string[] services =
        [
            "GetEndpoints", "CreateSession", "ActivateSession", "Read", "Write", "Browse", "Call", "CreateSubscription",
            "CreateMonitoredItems", "Publish", "CloseSession",
        ];
        foreach (var service in services)
            Assert.IsTrue(seen.Exists(o => Of(o, "operation") == service), service + " is missing");
    }

    [TestMethod]
    public void Normal_life_of_another_seed_raises_nothing_after_two_cycles_were_learned()
    {
        using var folder = new TemporaryFolder();
        var learned = DemoScenario.Substation(1) with { Duration = TimeSpan.FromMinutes(20) };
        var baseline = Learn(folder, learned);

        foreach (var seed in (int[])[77, 78])
        {
            var alarms = Judge(folder, baseline, After(learned) with { Seed = seed });

            Assert.IsEmpty(alarms, Text(alarms));
        }
    }

    [TestMethod]
    public void Session_from_before_the_capture_is_judged_by_what_was_learned_of_its_client_whoever_acted()
    {
        using var folder = new TemporaryFolder();
        // While learning every session was seen from its beginning on, so that it is known who acted in it.
        var learned = DemoScenario.Substation(1) with { Duration = TimeSpan.FromMinutes(20), JoinMidway = false };
        var baseline = Learn(folder, learned);
        var midway = After(learned) with { Seed = 77, Duration = TimeSpan.FromMinutes(4), JoinMidway = true };

        var normal = Judge(folder, baseline, midway);
        var written = Judge(folder, baseline, midway, new PlannedEvent(TimeSpan.FromMinutes(2), new OpcUaFirstWrite()));

        Assert.IsEmpty(normal, Text(normal));
        Assert.IsTrue(written.Any(alarm => alarm.Kind.Row == "C13"));
    }

    [TestMethod]
    public void Attacks_on_sessions_are_named_and_look_alikes_stay_quiet()
    {
        using var folder = new TemporaryFolder();
        var learned = DemoScenario.Substation(1) with { Duration = TimeSpan.FromMinutes(20) };
        var baseline = Learn(folder, learned);
        var events = AttackCatalogue.All
            .Where(planted => planted is OpcUaAttack && !planted.ExpectedRows.Intersect(OfModels).Any()).ToList();
        Assert.IsGreaterThanOrEqualTo(14, events.Count);

        foreach (var planted in events)
        {
            var options = After(learned) with { Seed = 88, Duration = TimeSpan.FromMinutes(4) };
            var alarms = Judge(folder, baseline, options, new PlannedEvent(TimeSpan.FromMinutes(1), planted));

            var rows = alarms.Select(alarm => alarm.Kind.Row).Distinct().ToList();
            var text = $"{planted.Name}: {string.Join(' ', rows)}";
            if (planted.IsAttack) Assert.IsTrue(rows.Intersect(planted.ExpectedRows).Any(), text);
            else Assert.IsEmpty(rows, text);
        }
    }

    private static string Text(IReadOnlyList<Deviation> alarms) => string.Join(
        '\n', alarms.Select(alarm => $"{alarm.Kind.Name} {alarm.Finding.Subject} {alarm.Finding.Observed}"));

    private static SubstationOptions After(SubstationOptions learned) =>
        learned with { Start = learned.Start + learned.Duration.Ticks * 100 };

    private static Baseline Learn(TemporaryFolder folder, SubstationOptions options)
    {
        var path = folder.File("learned.pcap");
        Write(path, options);
        return LearnCommand.Learn(
            [path], FrameSelection.All, new LearningOptions(), TextWriter.Null, CancellationToken.None);
    }

    private static IReadOnlyList<Deviation> Judge(
        TemporaryFolder folder, Baseline baseline, SubstationOptions options,
        params IReadOnlyList<PlannedEvent> planned)
    {
        var path = folder.File("judged.pcap");
        Write(path, options, planned);
        using var run = new JudgingRun([path], baseline, FrameSelection.All, verdicts: null, progress: null);
        run.ReadToEnd(CancellationToken.None);
        return [.. run.Deviations.Where(deviation => !deviation.IsInformation)];
    }

    private static void Write(string path, SubstationOptions options, params IReadOnlyList<PlannedEvent> planned)
    {
        using var stream = File.Create(path);
        new SubstationGenerator(options).Generate(new PcapWriter(stream), planned);
    }
}
