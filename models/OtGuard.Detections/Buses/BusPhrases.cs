using System.Globalization;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections.Buses;

/// <summary>Puts messages on buses and their rhythm into words.</summary>
internal static class BusPhrases
{
    /// <summary><c>can0 identifier 1A0 (EngineData)</c>.</summary>
    public static string Subject(BusState bus, uint identifier, DetectionContext context) =>
        $"{bus.Connection.Conversation.Client} {Message(bus, identifier, context)}";

    /// <summary><c>identifier 1A0 (EngineData)</c>.</summary>
    public static string Message(BusState bus, uint identifier, DetectionContext context) =>
        context.Protocols[bus.Protocol].TargetText(new Target(TargetSpace.CanIdentifier, identifier, 1));

    /// <summary>Nanoseconds as a person reads them: <c>9.97 ms</c>, <c>1.2 s</c>, <c>480 µs</c>.</summary>
    public static string Time(long nanoseconds) => nanoseconds switch
    {
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e3:0.#} µs"),
        < CaptureTime.NanosecondsPerSecond => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e6:0.##} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / 1e9:0.##} s"),
    };

    /// <summary>The learned band: <c>every 10 ms (8.7 to 11.2 ms in 2,999 gaps)</c>.</summary>
    public static string Band(MessageRhythm rhythm) => string.Create(
        CultureInfo.InvariantCulture,
        $"every {Time(rhythm.Median)} ({Time(rhythm.Shortest)} to {Time(rhythm.Longest)} in {rhythm.Gaps:N0} gaps)");

    /// <summary>The key of a message of a bus.</summary>
    public static FactKey Key(BusState bus, uint identifier) =>
        new((ulong)bus.Connection.Conversation.Index, identifier);

    /// <summary>The key of a whole bus: beyond any identifier.</summary>
    public static FactKey Key(BusState bus) => new((ulong)bus.Connection.Conversation.Index, ulong.MaxValue);

    /// <summary>
    /// An observation of the bus as it is now, for what is found when time has passed; the frame that shows it is the latest
    /// of the message it is about, or of the bus where that never came.
    /// </summary>
    public static Observation Latest(BusState bus, MessageState? message) => new()
    {
        Time = bus.Latest.Time,
        Connection = bus.Connection,
        Protocol = bus.Protocol,
        Operation = Operation.Broadcast,
        Code = -1,
        SubCode = -1,
        Unit = -1,
        Reason = -1,
        LatencyNanoseconds = -1,
        RequestFrame = message is { LastFrame: > 0 } ? message.LastFrame : bus.Latest.Frame,
    };
}
