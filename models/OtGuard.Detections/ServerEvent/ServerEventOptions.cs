namespace OtGuard.Detections.ServerEvent;

/// <summary>Settings of <see cref="ServerEventDetector"/>.</summary>
public sealed record ServerEventOptions
{
    /// <summary>
    /// Severity from which on an event is told, 1 to 1,000. Default 801: the highest of the five bands into which servers divide
    /// the scale (OPC UA Part 9 Annex E: 801 to 1,000 is high).
    /// </summary>
    public int MinimumSeverity { get; init; } = 801;
}
