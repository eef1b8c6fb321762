using System.Globalization;

namespace OtGuard.Models;

/// <summary>What became of something between two baselines.</summary>
public enum BaselineChangeKind : byte
{
    /// <summary>It is no deviation any more.</summary>
    Permitted,

    /// <summary>It was no deviation before and is one now.</summary>
    Gone,

    /// <summary>It is known to both, with other numbers.</summary>
    Changed,
}

/// <summary>One difference between two baselines.</summary>
/// <param name="Kind">What became of it.</param>
/// <param name="Section">Where it stands: a family of facts, <c>settings</c>, <c>models</c>.</param>
/// <param name="Text">What it is about.</param>
/// <param name="Before">The numbers before; null unless changed.</param>
/// <param name="After">The numbers now; null unless changed.</param>
public sealed record BaselineChange(BaselineChangeKind Kind, string Section, string Text, string? Before, string? After);

/// <summary>
/// What a newer baseline permits that an older one did not, what it permits no more, and what changed in numbers, as a
/// person reads it: counts and times of sightings, which always differ, are left out.
/// </summary>
public static class BaselineDifference
{
    /// <summary>The differences: permitted, then gone, then changed, each by section.</summary>
    public static IReadOnlyList<BaselineChange> Between(Baseline older, Baseline newer)
    {
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        List<BaselineChange> changes = [.. Sets(older, newer, BaselineChangeKind.Permitted)];
        changes.AddRange(Sets(newer, older, BaselineChangeKind.Gone));
        changes.AddRange(Numbers(older, newer));
        return changes;
    }

    /// <summary>What stands in <paramref name="now"/> and not in <paramref name="before"/>.</summary>
    private static IEnumerable<BaselineChange> Sets(Baseline before, Baseline now, BaselineChangeKind kind)
    {
        var known = FactList.Of(before).Where(IsSet).Select(fact => (fact.Family, fact.Text)).ToHashSet();
        foreach (var fact in FactList.Of(now).Where(IsSet))
            if (!known.Contains((fact.Family, fact.Text))) yield return Change(FactFamilies.Section(fact.Family), fact.Text);
        foreach (var range in now.Ranges)
        {
            var old = before.RangesOf(range.Pair, range.Unit, range.Space, range.IsWrite);
            var added = Without(range.Intervals, old);
            if (added.Count == 0) continue;
            yield return Change(
                FactFamilies.Section(range.IsWrite ? FactFamily.WriteRanges : FactFamily.ReadRanges),
                $"{FactList.Pair(range.Pair, range.Unit)}: {BaselineText.SpaceName(range.Space)} {FactList.Few(added)}");
        }

        var forms = FormsOf(before).ToHashSet();
        foreach (var form in FormsOf(now))
            if (!forms.Contains(form)) yield return Change(FactFamilies.Section(FactFamily.MessageForms), form);
        var peers = before.Peers.Select(peer => (peer.First, peer.Second)).ToHashSet();
        foreach (var peer in now.Peers)
            if (!peers.Contains((peer.First, peer.Second))) yield return Change("peers", $"{peer.First} = {peer.Second}");
        var routers = before.Routers.Select(router => router.LinkAddress).ToHashSet();
        foreach (var router in now.Routers)
            if (!routers.Contains(router.LinkAddress)) yield return Change("routers", $"{router.LinkAddress}");
        var points = before.NameMap.Points.ToHashSet();
        foreach (var point in now.NameMap.Points)
            if (!points.Contains(point)) yield return Change("name-map", Named(point));

        BaselineChange Change(string section, string text) => new(kind, section, text, null, null);

        // A range is compared by its addresses and not as a whole.
        static bool IsSet(FactInWords fact) => fact.Family is not (FactFamily.ReadRanges or FactFamily.WriteRanges);
    }

    private static string Named(NamedPoint point) => string.Create(
        CultureInfo.InvariantCulture,
        $"{BaselineText.Escape(point.Name)}: {point.Server} unit {point.Unit} {BaselineText.SpaceName(point.Space)} {point.Address}");

    private static IEnumerable<string> FormsOf(Baseline baseline) => baseline.Messages.SelectMany(message =>
        message.Forms.Select(form => $"{message.Message}: {BaselineText.Escape(form.Name)}"));

    private static IEnumerable<BaselineChange> Numbers(Baseline older, Baseline newer)
    {
        foreach (var change in Settings(older, newer)) yield return change;
        foreach (var family in newer.Completeness.Families)
        {
            var (before, after) = (Complete(older.Completeness[family.Family]), Complete(family));
            if (before != after) yield return Change("completeness", FactFamilies.Words(family.Family), before, after);
        }

        foreach (var host in newer.Hosts)
        {
            if (older.HostOf(host.Address) is { } old && old.Stage != host.Stage)
            {
                yield return Change(
                    "hosts", $"{host.Address}", BaselineText.StageName(old.Stage), BaselineText.StageName(host.Stage));
            }
        }

        foreach (var bus in newer.Buses)
        {
            if (older.BusOf(bus.Bus, bus.Protocol) is not { } old) continue;
            var (before, after) = (Load(old), Load(bus));
            if (before != after) yield return Change("buses", $"{bus.Bus}", before, after);
        }

        var rhythms = older.Messages.ToDictionary(message => (message.Message, message.Protocol), message => message.Rhythm);
        foreach (var message in newer.Messages)
        {
            if (!rhythms.TryGetValue((message.Message, message.Protocol), out var old)) continue;
            var (before, after) = (Gaps(old), Gaps(message.Rhythm));
            if (before != after) yield return Change("messages", $"{message.Message}", before, after);
        }

        foreach (var change in Lines("models", older.Models.Lines(), newer.Models.Lines())) yield return change;
    }

    private static IEnumerable<BaselineChange> Settings(Baseline older, Baseline newer)
    {
        var before = BaselineText.SettingsOf(older.Options).ToDictionary(setting => setting.Name, setting => setting.Value);
        foreach (var (name, value) in BaselineText.SettingsOf(newer.Options))
            if (before[name] != value) yield return Change("settings", name, before[name], value);
    }

    /// <summary>Lines that stand in one of two texts alone; those of one name, up to a colon, are one that changed.</summary>
    private static IEnumerable<BaselineChange> Lines(string section, IEnumerable<string> older, IEnumerable<string> newer)
    {
        var (before, after) = (older.ToList(), newer.ToList());
        var gone = before.Except(after).GroupBy(Name).ToDictionary(lines => lines.Key, lines => new Queue<string>(lines));
        foreach (var line in after.Except(before))
        {
            var old = gone.TryGetValue(Name(line), out var lines) && lines.Count > 0 ? lines.Dequeue() : "";
            yield return Change(section, Name(line), Rest(old), Rest(line));
        }

        foreach (var line in gone.Values.SelectMany(lines => lines)) yield return Change(section, Name(line), Rest(line), "");

        static string Name(string line) => line.Split(": ") is [.. var names, _] ? string.Join(": ", names) : line;

        static string Rest(string line) => line.Split(": ")[^1];
    }

    private static string Complete(FamilyCompleteness family) => family.IsComplete ? "complete" : "not complete";

    private static string Load(BusFact bus) => string.Create(
        CultureInfo.InvariantCulture,
        $"busiest second {Rounded(bus.BusiestWindow)} frames, {bus.GreatestShare} % of one message, silent for {Time(bus.LongestSilence)} at most");

    private static string Gaps(MessageRhythm rhythm) => rhythm.Gaps == 0
        ? "no rhythm"
        : $"gaps of {Time(rhythm.Shortest)} to {Time(rhythm.Longest)}, median {Time(rhythm.Median)}";

    private static string Time(long nanoseconds) => string.Create(CultureInfo.InvariantCulture, $"{Rounded(nanoseconds / 1e6)} ms");

    // To two digits: what differs in the third is the same rhythm.
    private static string Rounded(double number) =>
        double.Parse(number.ToString("G2", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            .ToString("0.######", CultureInfo.InvariantCulture);

    private static List<AddressInterval> Without(IReadOnlyList<AddressInterval> intervals, IReadOnlyList<AddressInterval> without)
    {
        List<AddressInterval> left = [];
        foreach (var (first, last) in intervals)
        {
            long at = first;
            foreach (var (from, to) in without)
            {
                if (to < at || from > last) continue;
                if (from > at) left.Add(new AddressInterval((uint)at, from - 1));
                at = (long)to + 1;
            }

            if (at <= last) left.Add(new AddressInterval((uint)at, last));
        }

        return left;
    }

    private static BaselineChange Change(string section, string text, string before, string after) =>
        new(BaselineChangeKind.Changed, section, text, before, after);
}
