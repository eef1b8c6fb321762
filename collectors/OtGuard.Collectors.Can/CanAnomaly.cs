using System.Numerics;

namespace OtGuard.Collectors.Can;

/// <summary>What is wrong with a frame: bits of <see cref="Observation.Anomalies"/>.</summary>
[Flags]
internal enum CanAnomaly : ulong
{
    None = 0,
    FdLengthImpossible = 1UL << 0,
    RemoteFrameWithFd = 1UL << 1,
    SenderErrorPassive = 1UL << 2,
    ErrorFrame = 1UL << 3,
    BusOff = 1UL << 4,
    ErrorPassive = 1UL << 5,
    DataLengthCodeAboveEight = 1UL << 6,
}

internal static class CanAnomalies
{
    public static readonly AnomalyDescriptor[] Descriptors =
    [
        Describe(CanAnomaly.FdLengthImpossible, "fd-length-impossible", "D7",
            "has a length that no data length code of CAN FD means", "ISO 11898-1:2015 §10.4.2.4"),
        Describe(CanAnomaly.RemoteFrameWithFd, "remote-frame-with-fd", "D7",
            "is a remote frame in CAN FD, which has none", "ISO 11898-1:2015 §10.4.2.2"),
        Describe(CanAnomaly.SenderErrorPassive, "sender-error-passive", "D12",
            "says that its sender is error passive", "ISO 11898-1:2015 §10.4.2.4"),
        Describe(CanAnomaly.ErrorFrame, "error-frame", null,
            "is an error frame", "linux/can/error.h"),
        Describe(CanAnomaly.BusOff, "bus-off", "D13",
            "says that the listening controller went bus-off", "linux/can/error.h"),
        Describe(CanAnomaly.ErrorPassive, "error-passive", "D12",
            "says that the listening controller became error passive", "linux/can/error.h"),
        Describe(CanAnomaly.DataLengthCodeAboveEight, "data-length-code-above-eight", "D7",
            "has a data length code above 8 in a classic frame", "ISO 11898-1:2015 §10.4.2.4"),
    ];

    private static AnomalyDescriptor Describe(
        CanAnomaly anomaly, string name, string? row, string text, string reference) =>
        new(BitOperations.TrailingZeroCount((ulong)anomaly), name, row, text, reference);
}
