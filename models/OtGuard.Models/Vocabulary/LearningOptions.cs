using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models;

/// <summary>Settings of learning: what is kept, and when enough has been seen. Written into the baseline.</summary>
public sealed record LearningOptions
{
    /// <summary>Names of the files learned from, without folders: written into the baseline for the reader.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>
    /// Occasions (minutes, hours, shifts or days) seen at least before anything is estimated from them. Below five, one
    /// occasion out of the ordinary makes a fifth of the sample and more.
    /// </summary>
    public int MinimumOccasions { get; init; } = 5;

    /// <summary>
    /// The horizon that must be foreseeable before a family is called complete. A day: plants are run in shifts of a
    /// daily round, and what only the night shift does is not seen in an afternoon.
    /// </summary>
    public TimeSpan CompleteHorizon { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// New facts expected over <see cref="CompleteHorizon"/> below which a family is complete: with one in two days or
    /// less, each one can be looked at by a person.
    /// </summary>
    public double CompleteBelow { get; init; } = 0.5;

    /// <summary>Facts kept per family. Beyond it they are counted, and the family is not judged.</summary>
    public int MaximumFacts { get; init; } = 100_000;

    /// <summary>
    /// Different requests (start and quantity) counted one by one for each range; more are merged into the range and
    /// left out of the estimate. A whole Modbus table read one register at a time is 65,536.
    /// </summary>
    public int MaximumRequestsPerRange { get; init; } = 4096;

    /// <summary>
    /// Addresses on one MAC from which on it may be a router. With its own address and one more it could as well be a
    /// host in two networks.
    /// </summary>
    public int RouterMinimumAddresses { get; init; } = 3;

    /// <summary>
    /// Share of read requests two clients must have in common (Jaccard index) to be taken for a redundant pair. Both
    /// poll the same points; one tenth leaves room for watchdogs and a point of their own.
    /// </summary>
    public double PeerSimilarity { get; init; } = 0.9;

    /// <summary>
    /// Different read requests two clients must have in common at least: a host that polls a few registers is no
    /// standby server.
    /// </summary>
    public int PeerMinimumRequests { get; init; } = 8;

    /// <summary>
    /// Minutes on which each of a redundant pair must have polled: a single sweep that copies the polled points is no
    /// standby server either.
    /// </summary>
    public int PeerMinimumMinutes { get; init; } = 3;

    /// <summary>
    /// From how long a silence of a whole bus counts as a pause, across which no message's rhythm is learned or judged. A
    /// second: a bus in operation carries something every tenth of one, and what is silent for longer is at rest or not
    /// recorded.
    /// </summary>
    public TimeSpan BusPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Redundant pairs that somebody declared, whatever was learned.</summary>
    public IReadOnlyList<(NetworkAddress First, NetworkAddress Second)> DeclaredPeers { get; init; } = [];

    /// <summary>
    /// Different people who have to approve the baseline before it counts as approved. One: whoever answers for the plant
    /// has looked at it; two where a site asks for four eyes.
    /// </summary>
    public int Approvers { get; init; } = 1;

    /// <summary>What somebody says of points: names, types, units. Written into the baseline.</summary>
    public NameMap NameMap { get; init; } = NameMap.Empty;

    /// <summary>Settings of the models.</summary>
    public ModelOptions Models { get; init; } = new();

    /// <summary>The names <see cref="With"/> takes, as they stand in a baseline's section <c>[settings]</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "approvers", "bus-pause", "complete-below", "complete-horizon", "declared-peers", "maximum-facts", "maximum-requests-per-range",
        "minimum-occasions", "peer-minimum-minutes", "peer-minimum-requests", "peer-similarity",
        "router-minimum-addresses", .. ModelOptions.Names,
    ];

    /// <summary>These settings with one of them changed, both given as text.</summary>
    /// <exception cref="FormatException">There is no such setting, or the value is none for it.</exception>
    /// <exception cref="OverflowException">The value is out of range.</exception>
    public LearningOptions With(string name, string value) => name switch
    {
        "approvers" => this with { Approvers = Count(value) },
        "bus-pause" => this with { BusPause = Positive(value) },
        "complete-below" => this with { CompleteBelow = Share(value, double.MaxValue) },
        "complete-horizon" => this with { CompleteHorizon = Positive(value) },
        "declared-peers" => this with { DeclaredPeers = [.. DeclaredPeers, Pair(value)] },
        "maximum-facts" => this with { MaximumFacts = Count(value) },
        "maximum-requests-per-range" => this with { MaximumRequestsPerRange = Count(value) },
        "minimum-occasions" => this with { MinimumOccasions = Count(value) },
        "peer-minimum-minutes" => this with { PeerMinimumMinutes = Count(value) },
        "peer-minimum-requests" => this with { PeerMinimumRequests = Count(value) },
        "peer-similarity" => this with { PeerSimilarity = Share(value, 1) },
        "router-minimum-addresses" => this with { RouterMinimumAddresses = Count(value) },
        _ => this with { Models = Models.With(name, value) },
    };

    private static int Count(string value)
    {
        var count = int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);
        return count > 0 ? count : throw new FormatException("it has to be 1 or more");
    }

    private static double Share(string value, double maximum)
    {
        var number = double.Parse(value, NumberStyles.Float, CultureInfo.InvariantCulture);
        return number > 0 && number <= maximum ? number : throw new FormatException($"'{value}' is out of range");
    }

    private static TimeSpan Positive(string value)
    {
        var span = TimeSpan.ParseExact(value, "c", CultureInfo.InvariantCulture);
        return span > TimeSpan.Zero ? span : throw new FormatException("it has to be a positive time, as 1.00:00:00 for a day");
    }

    private static (NetworkAddress First, NetworkAddress Second) Pair(string value) => value.Split('=') is [var first, var second]
        ? (NetworkAddress.Parse(first), NetworkAddress.Parse(second))
        : throw new FormatException("it takes two addresses, as 10.0.0.5=10.0.0.6");
}
