using System.Numerics;

namespace OtGuard.Collectors.Can.Uds;

/// <summary>What is wrong with a diagnostic exchange or the frames that carry it.</summary>
[Flags]
internal enum UdsAnomaly : ulong
{
    None = 0,
    RequestTooShort = 1UL << 0,
    EchoMismatch = 1UL << 1,
    RefusalUnknown = 1UL << 2,
    ResponsePending = 1UL << 3,
    TooManyOutstanding = 1UL << 4,
    ConsecutiveFrameWithoutFirst = 1UL << 5,
    SequenceNumberWrong = 1UL << 6,
    FirstFrameRestarted = 1UL << 7,
    MessageNeverCompleted = 1UL << 8,
    MessageTooLong = 1UL << 9,
    MessageGaveWay = 1UL << 10,
    FlowControlUnexpected = 1UL << 11,
    FlowControlOverflow = 1UL << 12,
    FrameInvalid = 1UL << 13,
    IdentifierSweep = 1UL << 14,
    ConsecutiveFramesBeyondMessage = 1UL << 15,
    ConsecutiveFramesUnasked = 1UL << 16,
}

internal static class UdsAnomalies
{
    public static readonly AnomalyDescriptor[] Descriptors =
    [
        Describe(UdsAnomaly.RequestTooShort, "request-too-short", null,
            "ends before the fields its service has", "ISO 14229-1:2020 §8.2"),
        Describe(UdsAnomaly.EchoMismatch, "echo-mismatch", null,
            "was answered with another sub-function or identifier than it named", "ISO 14229-1:2020 §8.4"),
        Describe(UdsAnomaly.RefusalUnknown, "refusal-unknown", null,
            "was refused with a code the standard does not know", "ISO 14229-1:2020 Annex A.1"),
        Describe(UdsAnomaly.ResponsePending, "response-pending", null,
            "was answered with 'response pending' first", "ISO 14229-1:2020 Annex A.1"),
        Describe(UdsAnomaly.TooManyOutstanding, "too-many-outstanding", "D23",
            "gave way because too many requests were waiting for an answer", "ISO 14229-2:2013 §7"),
        Describe(UdsAnomaly.ConsecutiveFrameWithoutFirst, "consecutive-frame-without-first", "D24",
            "continues a message that never began", "ISO 15765-2:2016 §9.8.3"),
        Describe(UdsAnomaly.SequenceNumberWrong, "sequence-number-wrong", "D24",
            "has a sequence number out of turn, which ends its message", "ISO 15765-2:2016 §9.6.4.4"),
        Describe(UdsAnomaly.FirstFrameRestarted, "first-frame-restarted", "D24",
            "was cut off by a new first frame", "ISO 15765-2:2016 §9.8.3"),
        Describe(UdsAnomaly.MessageNeverCompleted, "message-never-completed", "D24",
            "began and was never completed", "ISO 15765-2:2016 §9.8.2"),
        Describe(UdsAnomaly.MessageTooLong, "message-too-long", "D24",
            "announces a length above the limit", "ISO 15765-2:2016 §9.6.3.2"),
        Describe(UdsAnomaly.MessageGaveWay, "message-gave-way", "D24",
            "gave way because too many messages were begun at the same time", "ISO 15765-2:2016 §9.8.3"),
        Describe(UdsAnomaly.FlowControlUnexpected, "flow-control-unexpected", "D24",
            "is a flow control to which no message waits", "ISO 15765-2:2016 §9.8.3"),
        Describe(UdsAnomaly.FlowControlOverflow, "flow-control-overflow", null,
            "was refused by its receiver as too long", "ISO 15765-2:2016 §9.6.5.1"),
        Describe(UdsAnomaly.FrameInvalid, "frame-invalid", "D24",
            "has protocol control information that the standard does not allow", "ISO 15765-2:2016 §9.6"),
        Describe(UdsAnomaly.IdentifierSweep, "identifier-sweep", "D23",
            "begins the same message as many other identifiers that were silent before", "ISO 15765-2:2016 §9.6"),
        Describe(UdsAnomaly.ConsecutiveFramesBeyondMessage, "consecutive-frames-beyond-message", "D24",
            "continues a message that never began, with more frames than a message has", "ISO 15765-2:2016 §9.6.3.2",
            "transport-overrun"),
        Describe(UdsAnomaly.ConsecutiveFramesUnasked, "consecutive-frames-unasked", "D24",
            "continues a message that never began and that no flow control asked for", "ISO 15765-2:2016 §9.8.3",
            "transport-overrun"),
    ];

    private static AnomalyDescriptor Describe(
        UdsAnomaly anomaly, string name, string? row, string text, string reference,
        string? kind = null) =>
        new(BitOperations.TrailingZeroCount((ulong)anomaly), name, row, text, reference,
            kind ?? (row == "D24" ? "isotp-abuse" : null));
}
