using System.Numerics;

namespace OtGuard.Collectors.Can.J1939;

[Flags]
internal enum J1939Anomaly : ulong
{
    None = 0,
    AddressContention = 1UL << 0,
    AddressChanged = 1UL << 1,
    CannotClaim = 1UL << 2,
    SizeInvalid = 1UL << 3,
    DataWithoutSession = 1UL << 4,
    SequenceNumberWrong = 1UL << 5,
    SessionRestarted = 1UL << 6,
    SessionNeverCompleted = 1UL << 7,
    SessionAborted = 1UL << 8,
    SessionGaveWay = 1UL << 9,
    ControlUnexpected = 1UL << 10,
    ExtendedTransport = 1UL << 11,
    ClearToSendBeyondMessage = 1UL << 12,
    DataBeyondMessage = 1UL << 13,
    RetransmissionsBeyondLimit = 1UL << 14,
}

internal static class J1939Anomalies
{
    private const string Overrun = "transport-overrun";

    public static readonly AnomalyDescriptor[] Descriptors =
    [
        Describe(J1939Anomaly.AddressContention, "address-contention", "D25",
            "claims an address that another NAME has claimed", "SAE J1939-81 §4.4"),
        Describe(J1939Anomaly.AddressChanged, "address-changed", "D25",
            "claims another address than its NAME had", "SAE J1939-81 §4.4", "node-address-changed"),
        Describe(J1939Anomaly.CannotClaim, "cannot-claim", "D25",
            "says that the node has no address", "SAE J1939-81 §4.2.2"),
        Describe(J1939Anomaly.SizeInvalid, "size-invalid", "D24",
            "announces a size that cannot be, or one that does not fit its number of packets",
            "SAE J1939-21 §5.10.3"),
        Describe(J1939Anomaly.DataWithoutSession, "data-without-session", "D24",
            "carries on a message that was not announced", "SAE J1939-21 §5.10.2", "transport-data-flood"),
        Describe(J1939Anomaly.SequenceNumberWrong, "sequence-number-wrong", "D24",
            "has a sequence number out of turn", "SAE J1939-21 §5.10.2"),
        Describe(J1939Anomaly.SessionRestarted, "session-restarted", "D24",
            "was cut off by a new announcement", "SAE J1939-21 §5.10.3"),
        Describe(J1939Anomaly.SessionNeverCompleted, "session-never-completed", "D24",
            "was announced and never completed", "SAE J1939-21 §5.10.2.4"),
        Describe(J1939Anomaly.SessionAborted, "session-aborted", "D24",
            "was broken off", "SAE J1939-21 §5.10.3.5"),
        Describe(J1939Anomaly.SessionGaveWay, "session-gave-way", "D24",
            "gave way because too many were announced at the same time", "SAE J1939-21 §5.10.2"),
        Describe(J1939Anomaly.ControlUnexpected, "control-unexpected", "D24",
            "answers a message that was not announced", "SAE J1939-21 §5.10.3"),
        Describe(J1939Anomaly.ExtendedTransport, "extended-transport", null,
            "opens a message above 1,785 bytes, whose content is not put together", "ISO 11783-3:2018 §5.11"),
        Describe(J1939Anomaly.ClearToSendBeyondMessage, "clear-to-send-beyond-message", "D24",
            "asks for packets that the message does not have", "SAE J1939-21 §5.10.3.2", Overrun),
        Describe(J1939Anomaly.DataBeyondMessage, "data-beyond-message", "D24",
            "has a packet number that its message does not have", "SAE J1939-21 §5.10.2.1", Overrun),
        Describe(J1939Anomaly.RetransmissionsBeyondLimit, "retransmissions-beyond-limit", "D24",
            "was sent more often than packets may be repeated", "SAE J1939-21 §5.10.2.4", Overrun),
    ];

    private static AnomalyDescriptor Describe(
        J1939Anomaly anomaly, string name, string? row, string text, string reference, string? kind = null) =>
        new(
            BitOperations.TrailingZeroCount((ulong)anomaly), name, row, text, reference,
            kind ?? (row == "D24" ? "transport-sessions-broken" : null));
}
