using OtGuard.Collectors;
using OtGuard.Detections.Windows;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>
/// One deviation for a cause that reaches many hosts: each further host joins it, and its words are made anew once a
/// second while their number grows. So one intruder is one alarm and not one for every door it tries.
/// </summary>
/// <remarks>
/// Bounded by the number of causes; of a cause, <see cref="HostsNamed"/> hosts are kept by name and 65,536 in the count.
/// Not thread-safe.
/// </remarks>
internal sealed class Spread<TCause>(int maximumCauses)
    where TCause : notnull
{
    /// <summary>Hosts that an explanation names; more would not be read.</summary>
    public const int HostsNamed = 3;

    private const int HostsCounted = 65_536;

    private readonly Dictionary<TCause, Entry> _entries = [];
    private readonly List<Entry> _grown = [];

    /// <summary>True where there is room for another cause.</summary>
    public bool HasRoom => _entries.Count < maximumCauses;

    /// <summary>The deviation of a cause, which a further host joins; null where the cause has none yet.</summary>
    public Deviation? Join(TCause cause, NetworkAddress host)
    {
        if (!_entries.TryGetValue(cause, out var entry)) return null;
        if (entry.Hosts.Count < HostsCounted && entry.Hosts.Add(host))
        {
            if (entry.Named.Count < HostsNamed) entry.Named.Add(host);
            Touch(entry);
        }

        return entry.Deviation;
    }

    /// <summary>
    /// Notes the deviation just opened for a cause. <paramref name="word"/> makes its finding for a number of hosts.
    /// </summary>
    public void Begin(TCause cause, NetworkAddress host, Deviation deviation, Func<Reach, Finding> word)
    {
        var entry = new Entry(deviation, word);
        entry.Hosts.Add(host);
        entry.Named.Add(host);
        _entries[cause] = entry;
    }

    /// <summary>From now on the deviation of a cause is told by other words.</summary>
    public void Reword(TCause cause, Func<Reach, Finding> word)
    {
        if (!_entries.TryGetValue(cause, out var entry)) return;
        entry.Word = word;
        Touch(entry);
    }

    /// <summary>Makes the words of the deviations that have grown.</summary>
    public void Advance(DeviationTable deviations)
    {
        foreach (var entry in _grown)
        {
            entry.HasGrown = false;
            deviations.Revise(entry.Deviation, entry.Word(new Reach(entry.Hosts.Count, entry.Named)));
        }

        _grown.Clear();
    }

    private void Touch(Entry entry)
    {
        if (entry.HasGrown) return;
        entry.HasGrown = true;
        _grown.Add(entry);
    }

    private sealed class Entry(Deviation deviation, Func<Reach, Finding> word)
    {
        public Deviation Deviation { get; } = deviation;

        public Func<Reach, Finding> Word { get; set; } = word;

        public HashSet<NetworkAddress> Hosts { get; } = [];

        public List<NetworkAddress> Named { get; } = [];

        public bool HasGrown { get; set; }
    }
}

/// <summary>How many hosts a cause has reached.</summary>
/// <param name="Count">How many.</param>
/// <param name="Named">The first of them.</param>
internal readonly record struct Reach(int Count, IReadOnlyList<NetworkAddress> Named)
{
    /// <summary><c>10.0.0.1, 10.0.0.2, 10.0.0.3 and 11 more</c>.</summary>
    public override string ToString()
    {
        var names = Named.Select(host => host.ToString()).ToList();
        if (Count > names.Count) names.Add($"{Spans.Number(Count - names.Count)} more");
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }
}
