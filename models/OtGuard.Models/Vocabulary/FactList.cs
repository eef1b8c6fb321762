using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>A fact of a baseline in words.</summary>
/// <param name="Family">Its family.</param>
/// <param name="Text">What makes it this fact, as a person reads it; the same in every baseline.</param>
/// <param name="Permits">What is no deviation because of it, as a sentence without its full stop.</param>
/// <param name="Actor">Whose doing it is.</param>
/// <param name="Recipient">To whom it is done; none where there is nobody.</param>
/// <param name="Seen">When and how often.</param>
public sealed record FactInWords(
    FactFamily Family, string Text, string Permits, NetworkAddress Actor, NetworkAddress Recipient, Sightings Seen);

/// <summary>The facts of a baseline in words: for comparisons and reports.</summary>
internal static class FactList
{
    /// <summary>All facts that have sightings of their own, family by family.</summary>
    internal static IEnumerable<FactInWords> Of(Baseline baseline)
    {
        foreach (var f in baseline.Hosts)
            yield return new(FactFamily.Hosts, $"{f.Address}", $"{f.Address} is there and talks", f.Address, default, f.Seen);
        foreach (var f in baseline.Bindings)
        {
            yield return new(
                FactFamily.Bindings, $"{f.Address} at {f.LinkAddress}", $"{f.LinkAddress} answers for {f.Address}", f.Address,
                default, f.Seen);
        }

        foreach (var f in baseline.Roles)
        {
            var role = $"{BaselineText.RoleName(f.Role)} of {f.Service}";
            yield return new(FactFamily.Roles, $"{f.Address} as {role}", $"{f.Address} is a {role}", f.Address, default, f.Seen);
        }

        foreach (var f in baseline.Conversations)
        {
            var service = BaselineText.ServiceName(f.Key.Transport, f.Key.Service)
                + (f.Protocols.Count == 0 ? "" : $" ({string.Join(", ", f.Protocols)})");
            yield return new(
                f.IsGroup ? FactFamily.GroupConversations : FactFamily.Conversations,
                $"{f.Key.Client} -> {f.Key.Server} {service}", $"{f.Key.Client} talks to {f.Key.Server} on {service}", f.Key.Client,
                f.Key.Server, f.Seen);
        }

        foreach (var f in baseline.Units)
        {
            var unit = Text($"{f.Server} {f.Protocol} unit {f.Unit}");
            yield return new(FactFamily.Units, unit, $"{unit} is addressed", f.Server, default, f.Seen);
        }

        foreach (var f in baseline.Functions)
        {
            var function = FunctionOf(f);
            yield return new(
                FactFamily.Functions, $"{Pair(f.Pair, f.Unit)}: {function}",
                $"{Actor(f.Pair)} uses {function} on {Server(f.Pair, f.Unit)}", f.Pair.Client, f.Pair.Server, f.Seen);
        }

        foreach (var f in baseline.Ranges)
        {
            var (verb, family) = f.IsWrite ? ("writes", FactFamily.WriteRanges) : ("reads", FactFamily.ReadRanges);
            var range = $"{BaselineText.SpaceName(f.Space)} {Few(f.Intervals)}";
            yield return new(
                family, $"{Pair(f.Pair, f.Unit)}: {verb} {range}",
                $"{Actor(f.Pair)} {verb} {range} of {Server(f.Pair, f.Unit)}", f.Pair.Client, f.Pair.Server, f.Seen);
        }

        foreach (var f in baseline.Writers)
        {
            yield return new(
                FactFamily.Writers, Pair(f.Pair, f.Unit), $"{Actor(f.Pair)} writes to {Server(f.Pair, f.Unit)}", f.Pair.Client,
                f.Pair.Server, f.Seen);
        }

        foreach (var f in baseline.Refusals)
        {
            var refusal = Text($"function {f.Code} refused for reason {f.Reason}");
            yield return new(
                FactFamily.Refusals, $"{Pair(f.Pair, f.Unit)}: {refusal}",
                $"{Actor(f.Pair)} has {refusal} by {Server(f.Pair, f.Unit)}", f.Pair.Client, f.Pair.Server, f.Seen);
        }

        foreach (var f in baseline.Identities)
        {
            var unit = Text($"{f.Server} {f.Protocol} unit {f.Unit}");
            var text = $"{BaselineText.Escape(f.Name)} '{BaselineText.Escape(f.Value)}'";
            yield return new(FactFamily.Identities, $"{unit}: {text}", $"{unit} gives its {text}", f.Server, default, f.Seen);
        }

        foreach (var f in baseline.Credentials)
        {
            var text = $"{BaselineText.Escape(f.Name)} '{BaselineText.Escape(f.Value)}'";
            yield return new(
                FactFamily.Credentials, $"{f.Client} -> {f.Server} {f.Protocol}: {text}",
                $"{f.Client} and {f.Server} use {text}", f.Client, f.Server, f.Seen);
        }

        foreach (var f in baseline.Messages)
            yield return new(FactFamily.Messages, $"{f.Message}", $"{f.Message} is sent", f.Message, default, f.Seen);
    }

    internal static string FunctionOf(FunctionFact fact) => fact.SubCode < 0
        ? Text($"function {fact.Code} {BaselineText.Escape(fact.Name)}")
        : Text($"function {fact.Code} sub {fact.SubCode} {BaselineText.Escape(fact.Name)}");

    internal static string Pair(PairKey pair, short unit) =>
        $"{pair.Client} -> {Server(pair, unit)}{(pair.Actor.Length == 0 ? "" : $" as {BaselineText.Escape(pair.Actor)}")}";

    /// <summary>Addresses as far as a person reads them; how many more there are.</summary>
    internal static string Few(IReadOnlyList<AddressInterval> intervals)
    {
        const int shown = 8;
        var text = string.Join(", ", intervals.Take(shown));
        return intervals.Count <= shown ? text : Text($"{text} and {intervals.Count - shown} more");
    }

    internal static string Server(PairKey pair, short unit) =>
        unit < 0 ? $"{pair.Server} {pair.Protocol}" : Text($"{pair.Server} {pair.Protocol} unit {unit}");

    private static string Actor(PairKey pair) =>
        pair.Actor.Length == 0 ? $"{pair.Client}" : $"{BaselineText.Escape(pair.Actor)} from {pair.Client}";

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
