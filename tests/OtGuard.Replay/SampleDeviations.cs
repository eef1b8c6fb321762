using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Replay;

/// <summary>Deviations made by number: the same number gives the same deviation.</summary>
public static class SampleDeviations
{
    /// <summary>2026-01-02 03:00:00 UTC.</summary>
    public static readonly CaptureTime Start = CaptureTime.FromSeconds(1_767_322_800, 0);

    /// <summary>A deviation of a kind of the catalogue.</summary>
    public static DeviationRecord Of(
        string kind, string subject, TimeSpan after, string? id = null, int? severity = null, string sensor = "tap-1",
        string protocol = "modbus", string? zone = "control", long occurrences = 1, string? baseline = "b1")
    {
        var known = DeviationCatalogue.Kind(kind);
        var (actor, asset) = Parties.Of(subject);
        return new DeviationRecord
        {
            Id = id ?? string.Create(CultureInfo.InvariantCulture, $"{kind}|{subject}|{after.Ticks}|{sensor}"),
            Kind = kind,
            Catalogue = known.Row,
            Title = known.Title,
            State = DeviationState.Open,
            FirstSeen = Start + after,
            LastSeen = Start + after,
            Frames = [new FrameRange(101, 102)],
            Subject = subject,
            Expected = "what was learned",
            Observed = "something else",
            Explanation = $"{known.Title}: {subject}.",
            MessageKey = "sample",
            Severity = severity ?? known.Severity,
            SeverityReasons = [$"{severity ?? known.Severity} for this kind of deviation"],
            Basis = known.Basis,
            Techniques = known.Techniques,
            AttackVersion = DeviationCatalogue.AttackVersion,
            Protocol = protocol,
            FrameCount = 2,
            Occurrences = occurrences,
            WhatToCheck = known.WhatToCheck,
            Zone = zone,
            Sensor = sensor,
            Baseline = baseline,
            Actor = actor,
            Asset = asset,
        };
    }

    /// <summary>
    /// The deviation of that number, from 1: fifty to the second of capture time, of twelve kinds and many hosts, every
    /// tenth for information, and every seventh at the very nanosecond of the one before.
    /// </summary>
    public static DeviationRecord Of(long number)
    {
        string[] kinds =
        [
            "new-conversation", "function-code-not-permitted", "write-by-non-writer", "address-range-violation",
                "invalid-field",
            "length-wrong", "unsolicited-response", "exception-pattern", "server-busy", "device-unresponsive",
                "new-port", "server-reset",
        ];
        var moment = number % 7 == 0 ? number - 1 : number;
        var kind = kinds[(number % 7 == 0 ? number - 1 : number) % kinds.Length];
        var subject = string.Create(
            CultureInfo.InvariantCulture,
                $"10.0.{number / 250 % 250}.{number % 250 + 1} → 10.1.0.{moment % 40 + 1} unit 1");
        return Of(
            kind, subject, TimeSpan.FromMilliseconds(20 * moment),
            string.Create(CultureInfo.InvariantCulture, $"{number:D32}"), severity: number % 10 == 0 ? 10 : null);
    }
}
