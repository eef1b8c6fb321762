using OtGuard.Collectors;

namespace OtGuard.Detections.Windows;

/// <summary>Which anomaly bits of each protocol are evidence for some rows of the catalogue, worked out once.</summary>
internal sealed class AnomalyMasks
{
    private readonly IReadOnlyList<string> _rows;
    private readonly ulong?[] _masks = new ulong?[byte.MaxValue + 1];

    /// <summary>Creates masks of the bits that belong to <paramref name="rows"/>.</summary>
    public AnomalyMasks(IReadOnlyList<string> rows) => _rows = rows;

    /// <summary>The bits of a protocol.</summary>
    public ulong Of(byte protocol, ProtocolRegistry protocols) =>
        _masks[protocol] ?? (_masks[protocol] = MaskOf(protocols[protocol])).Value;

    private ulong MaskOf(IProtocol protocol)
    {
        var mask = 0UL;
        foreach (var anomaly in protocol.Anomalies)
            if (anomaly.CatalogueRow is { } row && _rows.Contains(row)) mask |= 1UL << anomaly.Bit;
        return mask;
    }
}
