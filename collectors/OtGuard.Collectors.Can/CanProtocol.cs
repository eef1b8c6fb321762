using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can;

/// <summary>Frames of a CAN bus in words and JSON. What carries them is decoded by <see cref="CanTraffic"/>.</summary>
/// <remarks>Stateless and thread-safe.</remarks>
public sealed class CanProtocol : IProtocol
{
    private readonly DbcDatabase? _database;

    /// <summary>Creates the protocol.</summary>
    /// <param name="database">Names and signals of the frames, or null where none are known.</param>
    public CanProtocol(DbcDatabase? database = null) => _database = database;

    /// <inheritdoc/>
    public string Name => "can";

    /// <inheritdoc/>
    public string DisplayName => "CAN";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => CanAnomalies.Descriptors;

    /// <summary>Never claims a connection: CAN is no protocol of TCP or UDP.</summary>
    public Claim Probe(in Probe probe) => default;

    /// <summary>A decoder that uses up what it is given; never asked for, as nothing is claimed.</summary>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) => NoDecoder.Instance;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) =>
        subCode < 0 ? "Frame"
        : ((CanFrameKind)subCode & CanFrameKind.Error) != 0 ? "ErrorFrame"
        : ((CanFrameKind)subCode & CanFrameKind.Remote) != 0 ? "RemoteFrame"
        : ((CanFrameKind)subCode & CanFrameKind.Fd) != 0 ? "FdFrame"
        : "DataFrame";

    /// <inheritdoc/>
    public string OperationText(short code, int subCode)
    {
        var kind = OperationName(code, subCode) switch
        {
            "ErrorFrame" => "error frame",
            "RemoteFrame" => "remote frame",
            "FdFrame" => "CAN FD frame",
            _ => "data frame",
        };
        return code < 0 ? kind : string.Create(CultureInfo.InvariantCulture, $"{kind} (DLC {code})");
    }

    /// <inheritdoc/>
    public string TargetText(Target target)
    {
        if (target.Space != TargetSpace.CanIdentifier) return "";
        var text = $"identifier {IdentifierText(target.Start)}";
        return _database?.Find(target.Start) is { } message ? $"{text} ({message.Name})" : text;
    }

    /// <inheritdoc/>
    /// <remarks>The form of can-utils' log files: <c>#R8</c> for a remote frame, <c>##</c> with the flags for CAN FD.</remarks>
    public string FrameText(Target target, short code, int subCode, ReadOnlySpan<byte> payload)
    {
        var kind = (CanFrameKind)Math.Max(0, subCode);
        var isError = (kind & CanFrameKind.Error) != 0;
        var identifier = isError
            ? (target.Start & CanFrameView.ExtendedMask | CanFrameView.ErrorFlag).ToString("X8", CultureInfo.InvariantCulture)
            : IdentifierText(target.Start);
        if ((kind & CanFrameKind.Remote) != 0) return string.Create(CultureInfo.InvariantCulture, $"{identifier}#R{code}");
        if ((kind & CanFrameKind.Fd) == 0) return $"{identifier}#{Convert.ToHexString(payload)}";
        var flags = ((kind & CanFrameKind.BitRateSwitch) != 0 ? 1 : 0) | ((kind & CanFrameKind.ErrorStateIndicator) != 0 ? 2 : 0);
        return string.Create(CultureInfo.InvariantCulture, $"{identifier}##{flags:X}{Convert.ToHexString(payload)}");
    }

    /// <inheritdoc/>
    public DeclaredMessage? Declared(Target target) =>
        target.Space == TargetSpace.CanIdentifier && _database?.Find(target.Start) is { } message
            ? new DeclaredMessage(message.Name, message.Length, message.CycleTime)
            : null;

    /// <inheritdoc/>
    /// <remarks>A signal that is there for several values of its multiplexer, or behind two of them, is left out.</remarks>
    public IReadOnlyList<DeclaredSignal> SignalsOf(Target target)
    {
        if (target.Space != TargetSpace.CanIdentifier || _database?.Find(target.Start) is not { } message) return [];
        List<DeclaredSignal> signals = [];
        foreach (var signal in message.Signals)
        {
            switch (signal.Multiplexing)
            {
                case null:
                    signals.Add(Declare(signal, null, null));
                    break;
                case { Multiplexer: { Multiplexing: null } multiplexer, Ranges: [var (first, last)] } when first == last:
                    signals.Add(Declare(signal, Declare(multiplexer, null, null) with { Factor = 1, Offset = 0 }, first));
                    break;
                default:
                    break;
            }
        }

        return signals;
    }

    private static DeclaredSignal Declare(DbcSignal signal, DeclaredSignal? multiplexer, double? value) => new(
        signal.Name, signal.StartBit, signal.Length, signal.IsBigEndian, signal.IsSigned,
        signal.ValueType is DbcValueType.Binary32 or DbcValueType.Binary64, signal.Factor, signal.Offset, signal.Minimum,
        signal.Maximum, signal.Unit, multiplexer, value);

    /// <inheritdoc/>
    public string ReasonText(int reason) => "";

    /// <inheritdoc/>
    public string UnitText(short unit) => "";

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        var kind = (CanFrameKind)Math.Max(0, observation.SubCode);
        var payload = batch.Bytes(observation.RequestData);
        writer.WriteStartObject();
        writer.WriteString("channel", ChannelName(observation.Connection));
        writer.WriteString("id", IdentifierText(observation.Target.Start));
        writer.WriteBoolean("extended", (kind & CanFrameKind.Extended) != 0);
        writer.WriteBoolean("fd", (kind & CanFrameKind.Fd) != 0);
        writer.WriteNumber("dlc", observation.Code);
        if ((kind & CanFrameKind.Remote) != 0) writer.WriteBoolean("remote", true);
        if ((kind & CanFrameKind.Error) != 0) writer.WriteBoolean("error", true);
        if ((kind & CanFrameKind.BitRateSwitch) != 0) writer.WriteBoolean("brs", true);
        if ((kind & CanFrameKind.ErrorStateIndicator) != 0) writer.WriteBoolean("esi", true);
        writer.WriteString("data", Convert.ToHexString(payload));
        WriteSignals(writer, observation.Target.Start, kind, payload);
        writer.WriteEndObject();
    }

    /// <summary>An identifier in its usual form: <c>1A0</c> for 11 bits, <c>18DAF10B</c> for 29.</summary>
    public static string IdentifierText(uint identifier) => (identifier & CanFrameView.ExtendedFlag) != 0
        ? (identifier & CanFrameView.ExtendedMask).ToString("X8", CultureInfo.InvariantCulture)
        : identifier.ToString("X3", CultureInfo.InvariantCulture);

    /// <summary>The name of a channel: <c>can0</c>.</summary>
    internal static string ChannelName(Connection connection) =>
        string.Create(CultureInfo.InvariantCulture, $"can{connection.Conversation.Service}");

    private void WriteSignals(Utf8JsonWriter writer, uint identifier, CanFrameKind kind, ReadOnlySpan<byte> payload)
    {
        writer.WriteStartObject("signals");
        if ((kind & (CanFrameKind.Error | CanFrameKind.Remote)) == 0 && _database?.Find(identifier) is { } message)
        {
            foreach (var signal in message.Signals)
            {
                if (!signal.IsPresentIn(payload)) continue;
                if (!signal.TryDecode(payload, out var value) || !double.IsFinite(value)) writer.WriteNull(signal.Name);
                else if (signal.IsPlain && signal.TryReadRaw(payload, out var raw)) WriteRaw(writer, signal, raw);
                else writer.WriteNumber(signal.Name, value);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>Without factor and offset the number is whole: 64 bits do not fit a double.</summary>
    private static void WriteRaw(Utf8JsonWriter writer, DbcSignal signal, long raw)
    {
        if (signal.IsSigned) writer.WriteNumber(signal.Name, raw);
        else writer.WriteNumber(signal.Name, (ulong)raw);
    }
}

/// <summary>Stands where a protocol claims no connection and so has none to decode.</summary>
internal sealed class NoDecoder : IConnectionDecoder
{
    public static readonly NoDecoder Instance = new();

    public int MaximumMessageBytes => 1;

    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output) =>
        data.Length;

    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
    {
        // Keeps nothing.
    }

    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output)
    {
        // Keeps nothing.
    }

    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        // Keeps nothing.
    }
}
