using System.Globalization;
using OtGuard.Collectors.Capture.Live;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Live;

/// <summary>What is read live.</summary>
internal enum LiveScheme : byte
{
    /// <summary>A CAN interface of Linux.</summary>
    SocketCan,

    /// <summary>A channel of a PEAK adapter.</summary>
    Pcan,

    /// <summary>A network interface of Linux.</summary>
    Net,

    /// <summary>A folder into which a recorder writes capture files one after the other.</summary>
    Folder,
}

/// <summary>
/// A live source as it is named on the command line: <c>net:eth0</c>, <c>socketcan:can0</c>,
/// <c>pcan:PCAN_USBBUS1?bitrate=500000</c>, <c>dir:/var/captures?settle=30s</c>, with <c>acknowledge=true</c> and
/// <c>for=60s</c> among the settings behind the question mark. What a setting cannot hold as it is, as <c>&amp;</c> in a
/// filter, is written as in a URL: <c>%26</c>.
/// </summary>
internal sealed record LiveAddress(LiveScheme Scheme, string Name)
{
    public bool Acknowledge { get; init; }

    /// <summary>When the run ends; null for Ctrl-C.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Bits per second; PCAN only, as a link of Linux is set up by its own commands.</summary>
    public int BitsPerSecond { get; init; } = 500_000;

    /// <summary>Bits per second in the data phase: turns CAN FD on; PCAN only.</summary>
    public int? DataBitsPerSecond { get; init; }

    /// <summary>The adapter's own text for bit timings of CAN FD; PCAN only.</summary>
    public string? Timing { get; init; }

    /// <summary>Whether frames for others are seen; network interfaces only.</summary>
    public bool Promiscuous { get; init; } = true;

    /// <summary>A filter in libpcap's language; network interfaces only.</summary>
    public string? Filter { get; init; }

    /// <summary>Bytes in which the kernel holds frames until they are read; network interfaces only.</summary>
    public int BufferBytes { get; init; } = new LiveNetworkOptions().BufferBytes;

    /// <summary>A file with what was read of a folder, so that a later run goes on; folders only.</summary>
    public string? State { get; init; }

    /// <summary>How long the last file of a folder must not have changed; folders only.</summary>
    public TimeSpan Settle { get; init; } = new DirectoryOptions().Settle;

    /// <summary>Whether a name on the command line is a live source and no file.</summary>
    public static bool IsLive(string text) => SchemeOf(text) is not null;

    /// <summary>Reads a name.</summary>
    /// <exception cref="UsageException">A setting is unknown or has no value it can have.</exception>
    public static LiveAddress Parse(string text)
    {
        var scheme = SchemeOf(text) ?? throw new UsageException(
            $"'{text}' is no live source: net:NAME, socketcan:NAME, pcan:CHANNEL or dir:FOLDER.");
        var rest = text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        var address = new LiveAddress(scheme, question < 0 ? rest : rest[..question]);
        if (address.Name.Length == 0) throw new UsageException($"'{text}' names no interface, as in socketcan:can0.");
        if (question < 0) return address;
        foreach (var setting in rest[(question + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = setting.IndexOf('=', StringComparison.Ordinal);
            address = address.With(at < 0 ? setting : setting[..at], at < 0 ? "" : setting[(at + 1)..], text);
        }

        return address;
    }

    /// <summary>Reads a time span: <c>60s</c>, <c>500ms</c>, <c>5m</c>, <c>2h</c>; a bare number is seconds.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        var digits = text.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (!double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
            return null;
        double? seconds = text[digits..] switch
        {
            "" or "s" => number,
            "ms" => number / 1000,
            "m" => number * 60,
            "h" => number * 3600,
            _ => null,
        };

        // A month; what runs longer is ended by Ctrl-C.
        return seconds is > 0 and <= 2_678_400 ? TimeSpan.FromSeconds(seconds.Value) : null;
    }

    private static LiveScheme? SchemeOf(string text) =>
        text.StartsWith("socketcan:", StringComparison.OrdinalIgnoreCase) ? LiveScheme.SocketCan
        : text.StartsWith("pcan:", StringComparison.OrdinalIgnoreCase) ? LiveScheme.Pcan
        : text.StartsWith("net:", StringComparison.OrdinalIgnoreCase) ? LiveScheme.Net
        : text.StartsWith("dir:", StringComparison.OrdinalIgnoreCase) ? LiveScheme.Folder
        : null;

    private LiveAddress With(string name, string value, string text) => (Scheme, name) switch
    {
        (LiveScheme.SocketCan or LiveScheme.Pcan, "acknowledge") when value is "true" or "false" =>
            this with { Acknowledge = value == "true" },
        (_, "for") when ParseDuration(value) is { } duration => this with { Duration = duration },
        (LiveScheme.Pcan, "bitrate") when Rate(value) is { } rate => this with { BitsPerSecond = rate },
        (LiveScheme.Pcan, "data") when Rate(value) is { } rate => this with { DataBitsPerSecond = rate },
        (LiveScheme.Pcan, "timing") when value.Length > 0 => this with { Timing = value },
        (LiveScheme.Net, "promiscuous") when value is "true" or "false" => this with { Promiscuous = value == "true" },
        (LiveScheme.Net, "filter") when value.Length > 0 => this with { Filter = Uri.UnescapeDataString(value) },
        (LiveScheme.Net, "buffer") when Size(value) is { } bytes => this with { BufferBytes = bytes },
        // Given for all sources of a run: on a network and in a folder there is nothing to acknowledge.
        (LiveScheme.Net or LiveScheme.Folder, "acknowledge") when value is "true" or "false" => this,
        (LiveScheme.Folder, "state") when value.Length > 0 => this with { State = Uri.UnescapeDataString(value) },
        (LiveScheme.Folder, "settle") when ParseDuration(value) is { } time => this with { Settle = time },
        (LiveScheme.SocketCan, "bitrate" or "data" or "timing") => throw new UsageException(
            $"'{text}': the bitrate of a Linux interface is set with 'ip link' ('otguard doctor' shows the commands)."),
        _ when Settings(Scheme).Contains(name) => throw new UsageException($"'{text}': '{name}' cannot be '{value}'."),
        _ => throw new UsageException($"'{text}' has no setting '{name}': {string.Join(", ", Settings(Scheme))}."),
    };

    private static string[] Settings(LiveScheme scheme) => scheme switch
    {
        LiveScheme.SocketCan => ["acknowledge", "for"],
        LiveScheme.Pcan => ["acknowledge", "for", "bitrate", "data", "timing"],
        LiveScheme.Net => ["for", "promiscuous", "filter", "buffer"],
        LiveScheme.Folder => ["for", "state", "settle"],
    };

    /// <summary>Bytes: <c>64MiB</c>, <c>512KiB</c>; a bare number is bytes. Null for what is none, or above a GiB.</summary>
    private static int? Size(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return null;
        var unit = text[digits..] switch { "" => 1, "KiB" => 1 << 10, "MiB" => 1 << 20, "GiB" => 1 << 30, _ => 0 };
        return number is > 0 and <= 1 << 30 && number * unit is > 0 and <= 1 << 30 and var bytes ? (int)bytes : null;
    }

    private static int? Rate(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rate) && rate > 0 ? rate : null;
}
