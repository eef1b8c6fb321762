using OtGuard.Alerting;
using OtGuard.Storage.Embedded;

namespace OtGuard.Host.Service;

/// <summary>How the whole service does, as of a moment: what <c>/healthz</c> and <c>/metrics</c> show.</summary>
internal sealed record MonitorHealth
{
    /// <summary>
    /// <c>ok</c>, <c>degraded</c> (something is not as it should be) or <c>blind</c> (nothing is seen).
    /// </summary>
    public required string Status { get; init; }

    /// <summary>Why it is not <c>ok</c>, a sentence each.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>When the service was started, by this machine's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>The version.</summary>
    public required string Version { get; init; }

    /// <summary>What this process may do, as the kernel tells it; null where it does not tell.</summary>
    public required string? Rights { get; init; }

    /// <summary>The sources.</summary>
    public required IReadOnlyList<SourceHealth> Sources { get; init; }

    /// <summary>Between judging and the store.</summary>
    public required FeedHealth Feed { get; init; }

    /// <summary>What the store took.</summary>
    public required StageHealth Intake { get; init; }

    /// <summary>Deviations by the stage and reason that decided about them.</summary>
    public required IReadOnlyDictionary<string, long> Decisions { get; init; }

    /// <summary>Alerts raised since the start.</summary>
    public required long AlertsRaised { get; init; }

    /// <summary>Seconds from the receipt of a frame to the stored deviation that it shows.</summary>
    public required LagHealth Lag { get; init; }

    /// <summary>Seconds from the receipt of a frame to the verdict that it shows a deviation.</summary>
    public required LagHealth VerdictLag { get; init; }

    /// <summary>The store.</summary>
    public required StoreHealth Store { get; init; }

    /// <summary>What became of the latest reload of the configuration; null before the first.</summary>
    public required ReloadHealth? Reload { get; init; }

    /// <summary>The destinations.</summary>
    public required IReadOnlyList<DestinationStatus> Destinations { get; init; }
}

/// <summary>What lies between judging and the store.</summary>
internal sealed record FeedHealth(
    int Waiting, int Capacity, long Offered, long Deferred, long Points, long PointsDropped);

/// <summary>Seconds, null before the first.</summary>
internal sealed record LagHealth(long Count, double? Median, double? P99, double? Highest)
{
    public static LagHealth Of(LagWindow window) =>
        new(window.Count, window.Quantile(0.5), window.Quantile(0.99), window.Quantile(1));
}

/// <summary>How the store does; its figures are some seconds old.</summary>
internal sealed record StoreHealth(string Path, RoomStage Room, StoreFigures? Figures);
