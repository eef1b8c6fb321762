using System.Globalization;
using System.Net;
using System.Text;

namespace OtGuard.Alerting.Sinks;

/// <summary>ArcSight Common Event Format, with the standard's own keys where it has one.</summary>
/// <remarks>
/// ArcSight CEF implementation standard, format version 0: the header escapes the pipe and the backslash, extensions
/// the equals sign, the backslash and line breaks; severity is 0–10. A bus has no network addresses: it is named as the
/// interface it was seen at.
/// </remarks>
public static class CefFormat
{
    private const long NanosecondsPerMillisecond = 1_000_000;

    /// <summary>One event, without a line break.</summary>
    public static string Format(Telling telling, string version)
    {
        var text = new StringBuilder("CEF:0|OtGuard|OtGuard|");
        text.Append(Header(version)).Append('|').Append(Header(telling.Kind)).Append('|').Append(Header(telling.Title))
            .Append('|');
        text.Append(CultureInfo.InvariantCulture, $"{telling.Severity / 10}|");
        Add("rt", Milliseconds(telling.QueuedAt.ToUnixTimeMilliseconds()));
        Add("start", Milliseconds(telling.Start.UnixNanoseconds / NanosecondsPerMillisecond));
        Add("end", Milliseconds(telling.End.UnixNanoseconds / NanosecondsPerMillisecond));
        Add("externalId", telling.Id);
        Add("cnt", telling.Occurrences.ToString(CultureInfo.InvariantCulture));
        if (telling.IsOnBus)
        {
            Add("deviceInboundInterface", telling.Actor!.Split(':', '/')[0]);
        }
        else
        {
            AddAddress("src", "smac", telling.Actor);
            AddAddress("dst", "dmac", telling.Asset);
        }

        Add("app", string.Join(',', telling.Protocols));
        Add("dvchost", string.Join(',', telling.Sensors));
        Add("cat", telling.Catalogue);
        Add("act", "detected");
        Add("outcome", telling.State);
        Add("reason", telling.Reason);
        AddLabelled("cs1", "attackTechnique", string.Join(',', telling.Techniques));
        AddLabelled("cs2", "zone", telling.Zone);
        AddLabelled("cs3", "asset", telling.Asset ?? (telling.IsOnBus ? telling.Subject : null));
        AddLabelled("cs4", "explanation", telling.Explanation);
        AddLabelled("cs5", "baselineVersion", telling.Baseline);
        AddLabelled("cs6", "site", telling.Site);
        AddLabelled("cn3", "severityScore", telling.Severity.ToString(CultureInfo.InvariantCulture));
        if (telling.Exercise) AddLabelled("cn1", "exercise", "1");
        Add("msg", telling.Explanation);
        return text.ToString().TrimEnd();

        void Add(string key, string? value)
        {
            if (!string.IsNullOrEmpty(value)) text.Append(key).Append('=').Append(Extension(value)).Append(' ');
        }

        void AddLabelled(string key, string label, string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            Add(key + "Label", label);
            Add(key, value);
        }

        void AddAddress(string ip, string mac, string? address)
        {
            if (address is null) return;
            Add(IPAddress.TryParse(address, out _) ? ip : mac, address);
        }
    }

    private static string Milliseconds(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Header(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("|", "\\|", StringComparison.Ordinal)
        .Replace('\n', ' ').Replace('\r', ' ');

    private static string Extension(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
