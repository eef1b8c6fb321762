using OtGuard.Simulators.Attacks;
using OtGuard.Simulators.Substation;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators;

/// <summary>An attack as it lies in a capture.</summary>
/// <param name="Name">Name of the attack.</param>
/// <param name="Description">One sentence.</param>
/// <param name="Attacker">Address of who does it.</param>
/// <param name="Victims">Addresses of those it is done to.</param>
/// <param name="Techniques">MITRE ATT&amp;CK for ICS identifiers (version 18.1).</param>
/// <param name="ExpectedRows">Rows of the deviation catalogue of which at least one is expected.</param>
/// <param name="FirstFrame">1-based number of its first frame.</param>
/// <param name="LastFrame">Number of its last frame; frames of others lie between.</param>
/// <param name="Frames">How many frames are its own.</param>
/// <param name="FirstTime">Time of its first frame, nanoseconds since 1970.</param>
/// <param name="LastTime">Time of its last frame.</param>
public sealed record PlantedAttack(
    string Name, string Description, string Attacker, IReadOnlyList<string> Victims,
    IReadOnlyList<string> Techniques, IReadOnlyList<string> ExpectedRows,
    long FirstFrame, long LastFrame, long Frames, long FirstTime, long LastTime);

/// <summary>The two captures of the demonstration and what was planted in the second.</summary>
/// <param name="Learning">The clean one.</param>
/// <param name="Attacked">The one with attacks.</param>
/// <param name="Planted">The attacks in the order of time.</param>
public sealed record DemoCaptures(
    CaptureSummary Learning, CaptureSummary Attacked, IReadOnlyList<PlantedAttack> Planted);

/// <summary>
/// The demonstration: an hour of a substation's normal life to learn from, then twenty minutes in which an intruder
/// scans the network, asks the devices who they are, finds out what one understands, and at last opens a breaker from
/// the engineering workstation.
/// </summary>
/// <remarks>
/// Polls are thinned (3 s, 6 s and 30 s instead of 1 s, 2 s and 10 s), so that an hour has about 140,000 frames. The
/// second part follows the first in time and differs from it in every random choice.
/// </remarks>
public static class DemoScenario
{
    /// <summary>Virtual time learned from: six cycles of the station's life.</summary>
    public static readonly TimeSpan LearningTime = TimeSpan.FromMinutes(60);

    /// <summary>Virtual time of the attacked part.</summary>
    public static readonly TimeSpan AttackedTime = TimeSpan.FromMinutes(20);

    /// <summary>What is planted, and how long after the beginning of the attacked part.</summary>
    public static IReadOnlyList<PlannedEvent> Plan { get; } =
    [
        new(TimeSpan.FromMinutes(3), new NetworkScan()),
        new(TimeSpan.FromMinutes(7), new DeviceIdentificationSweep()),
        new(TimeSpan.FromMinutes(11), new FunctionCodeEnumeration()),
        new(TimeSpan.FromMinutes(17), new WriteByKnownReader()),
    ];

    /// <summary>How the substation of the demonstration is simulated.</summary>
    public static SubstationOptions Options(int seed) => new()
    {
        Seed = seed,
        Duration = LearningTime,
        FastPoll = TimeSpan.FromSeconds(3),
        MediumPoll = TimeSpan.FromSeconds(6),
        SlowPoll = TimeSpan.FromSeconds(30),
        GooseHeartbeat = TimeSpan.FromSeconds(5),
    };

    /// <summary>Generates both captures.</summary>
    public static DemoCaptures Write(ICaptureSink learning, ICaptureSink attacked, int seed = 1)
    {
        var options = Options(seed);
        var learned = new SubstationGenerator(options).Generate(learning);
        var later = options with
        {
            Seed = ~seed,
            Start = options.Start + LearningTime.Ticks * 100,
            Duration = AttackedTime,
        };
        var judged = new SubstationGenerator(later).Generate(attacked, Plan);
        return new DemoCaptures(learned, judged, PlantedIn(judged, Plan));
    }

    /// <summary>
    /// Writes both captures as <c>learning.pcap</c> and <c>attacked.pcap</c> into a folder, which is created.
    /// </summary>
    public static DemoCaptures Write(string folder, int seed = 1)
    {
        Directory.CreateDirectory(folder);
        using var learning = Create(LearningPath(folder));
        using var attacked = Create(AttackedPath(folder));
        return Write(new PcapWriter(learning), new PcapWriter(attacked), seed);
    }

    /// <summary>Where <see cref="Write(string, int)"/> puts the clean capture.</summary>
    public static string LearningPath(string folder) => Path.Combine(folder, "learning.pcap");

    /// <summary>Where <see cref="Write(string, int)"/> puts the attacked capture.</summary>
    public static string AttackedPath(string folder) => Path.Combine(folder, "attacked.pcap");

    /// <summary>The attacks of a plan as they lie in a capture, look-alikes left out.</summary>
    public static IReadOnlyList<PlantedAttack> PlantedIn(CaptureSummary summary, IReadOnlyList<PlannedEvent> plan)
    {
        ArgumentNullException.ThrowIfNull(summary);
        ArgumentNullException.ThrowIfNull(plan);
        return
        [
            .. from planted in summary.Events
               where planted.Truth.IsAttack
               let attack = plan.Select(entry => entry.Attack).First(
                   attack => planted.Truth.Event.StartsWith(attack.Name, StringComparison.Ordinal))
               select new PlantedAttack(
                   planted.Truth.Event, attack.Description, planted.Truth.Attacker, planted.Truth.Victims,
                   attack.Techniques, attack.ExpectedRows, planted.FirstFrame, planted.LastFrame, planted.Frames,
                   planted.FirstTime, planted.LastTime),
        ];
    }

    private static FileStream Create(string path) =>
        new(path, FileMode.Create, FileAccess.Write, FileShare.Read, 1 << 18);
}
