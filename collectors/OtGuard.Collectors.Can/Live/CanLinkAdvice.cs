using System.Globalization;

namespace OtGuard.Collectors.Can.Live;

/// <summary>What a person has to know and type about a CAN interface.</summary>
public static class CanLinkAdvice
{
    /// <summary>
    /// The commands that make an interface listen only, with errors reported: bitrates are those set, and a word to fill in
    /// where none is.
    /// </summary>
    public static string ListenOnlyCommands(CanLink link)
    {
        if (link.IsVirtual) return $"ip link set {link.Name} up";
        var bitrate = link.BitsPerSecond is { } rate ? rate.ToString(CultureInfo.InvariantCulture) : "BITRATE";
        var fd = link.Modes is { } modes && (modes & CanLinkModes.Fd) != 0 && link.DataBitsPerSecond is { } data
            ? string.Create(CultureInfo.InvariantCulture, $" dbitrate {data} fd on")
            : "";
        var errors = Supports(link, CanLinkModes.ErrorReporting) ? " berr-reporting on" : "";
        return $"ip link set {link.Name} down && ip link set {link.Name} type can bitrate {bitrate}{fd} listen-only on{errors} && ip link set {link.Name} up";
    }

    /// <summary>Why an interface is not listened on unasked, a clause that follows its name.</summary>
    public static string Refusal(CanLink link) =>
        link.Modes is null ? "does not say whether it listens only, so that it may acknowledge frames: it is not started unasked."
        : Supports(link, CanLinkModes.ListenOnly) ? "is not in listen-only mode: its controller would acknowledge frames, and it is not started unasked."
        : "acknowledges frames, and its driver has no listen-only mode: it is not started unasked.";

    /// <summary>Whether a driver can turn a mode on; those that do not tell are believed to.</summary>
    public static bool Supports(CanLink link, CanLinkModes mode) =>
        link.SupportedModes is not { } supported || (supported & mode) != 0;

    /// <summary>The link, if it may be listened on; else a fault whose message says why and what helps.</summary>
    internal static CanLink Admit(string name, ICanLinks links, LiveCanOptions options)
    {
        var known = links.All();
        var link = known.FirstOrDefault(link => link.Name == name)
            ?? throw new LiveSourceException(
                known.Count == 0
                    ? $"There is no CAN interface '{name}', nor any other: is the adapter plugged in and its driver loaded ('otguard doctor' shows what there is)?"
                    : $"There is no CAN interface '{name}'; there are {string.Join(", ", known.Select(other => other.Name))}.");
        if (!link.IsUp)
            throw new LiveSourceException(
                $"{name} is down. To listen only: {ListenOnlyCommands(link)}");
        if (link.IsHarmless || options.Acknowledge) return link;
        throw new LiveSourceException(
            $"{name} {Refusal(link)} To listen only: {ListenOnlyCommands(link)} "
            + "Where somebody has to acknowledge, as on a bench with one control unit: --acknowledge.");
    }
}
