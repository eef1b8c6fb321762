using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace OtGuard.Collectors.Can.CanEthernet;

/// <summary>What is wrong with a datagram of CAN-ETH.</summary>
[Flags]
internal enum CanEthernetAnomaly : ulong
{
    None = 0,
    VersionUnknown = 1UL << 0,
    TooManyFrames = 1UL << 1,
    FramesMissing = 1UL << 2,
    BytesAfterFrames = 1UL << 3,
    LengthAboveEight = 1UL << 4,
    FlagNeitherZeroNorOne = 1UL << 5,
    IdentifierTooLong = 1UL << 6,
    HeaderCut = 1UL << 7,
}

/// <summary>
/// CAN frames in UDP datagrams, as CAN-ETH gateways send them: recognised by the magic text, on any port. The frames go
/// to <see cref="CanTraffic"/> as if they had been captured on a bus of their own for each sender; the datagram itself is
/// observed as well, for who sends to a gateway sends onto its bus.
/// </summary>
/// <remarks>
/// proconX CAN-ETH, UDP message format version 1: "ISO11898", version, number of frames (up to 16), records of 15 bytes
/// (identifier little-endian, length, eight bytes of payload, flag of 29 bits, flag of a remote frame), options reserved.
/// Classic CAN only; there is no sign of CAN FD, of errors or of time in it. Thread-safe once <see cref="UseTraffic"/>
/// has been called; the decoders it makes are not.
/// </remarks>
public sealed class CanEthernetProtocol : IProtocol
{
    /// <summary>The name of the protocol in a <see cref="ProtocolRegistry"/>.</summary>
    public const string ProtocolName = "can-eth";

    /// <summary>The port of CAN-ETH gateways.</summary>
    public const ushort Port = 11898;

    internal const int HeaderBytes = 10;
    internal const int RecordBytes = 15;
    internal const int MaximumFrames = 16;
    internal const byte KnownVersion = 1;

    private const string Reference = "proconX CAN-ETH UDP message format, version 1";

    private static readonly AnomalyDescriptor[] Descriptors =
    [
        Describe(CanEthernetAnomaly.VersionUnknown, "version-unknown", "has a version of the format that is not known"),
        Describe(CanEthernetAnomaly.TooManyFrames, "too-many-frames", "declares more than the 16 frames it may hold"),
        Describe(CanEthernetAnomaly.FramesMissing, "frames-missing", "declares more frames than it holds"),
        Describe(CanEthernetAnomaly.BytesAfterFrames, "bytes-after-frames",
            "has bytes behind its frames, where options are reserved and none are defined"),
        Describe(CanEthernetAnomaly.LengthAboveEight, "length-above-eight", "holds a frame whose length is above eight", "D7"),
        Describe(CanEthernetAnomaly.FlagNeitherZeroNorOne, "flag-neither-zero-nor-one",
            "holds a frame with a flag that is neither 0 nor 1", "D7"),
        Describe(CanEthernetAnomaly.IdentifierTooLong, "identifier-too-long",
            "holds a frame whose identifier has more bits than its flag says", "D7"),
        Describe(CanEthernetAnomaly.HeaderCut, "header-cut", "ends within its header"),
    ];

    private CanTraffic? _traffic;

    private static ReadOnlySpan<byte> Magic => "ISO11898"u8;

    /// <inheritdoc/>
    public string Name => ProtocolName;

    /// <inheritdoc/>
    public string DisplayName => "CAN-ETH";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts { get; } = [(Transport.Udp, Port)];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => Descriptors;

    /// <summary>Senders told apart in one run; the frames of further ones share the last channel.</summary>
    internal CanEthernetChannels Channels { get; } = new();

    /// <summary>
    /// Tells it who takes the frames. Until then datagrams are observed and their frames are not. One run each: senders
    /// are numbered as they come.
    /// </summary>
    public void UseTraffic(CanTraffic traffic) => _traffic = traffic;

    /// <inheritdoc/>
    public Claim Probe(in Probe probe) =>
        probe.Transport == Transport.Udp && probe.Data.StartsWith(Magic) ? new Claim(ClaimVerdict.Yes) : default;

    /// <inheritdoc/>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) =>
        new CanEthernetDecoder(protocol, this);

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) => "Frames";

    /// <inheritdoc/>
    public string OperationText(short code, int subCode) => subCode < 0
        ? "CAN frames over UDP"
        : string.Create(CultureInfo.InvariantCulture, $"{subCode} CAN frame(s) over UDP");

    /// <inheritdoc/>
    public string TargetText(Target target) => "";

    /// <inheritdoc/>
    public string ReasonText(int reason) => "";

    /// <inheritdoc/>
    public string UnitText(short unit) => "";

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        writer.WriteStartObject();
        if (observation.Code < 0) writer.WriteNull("version");
        else writer.WriteNumber("version", observation.Code);
        writer.WriteNumber("frames", Math.Max(0, observation.SubCode));
        writer.WriteString("data", Convert.ToHexString(batch.Bytes(observation.RequestData)));
        writer.WriteEndObject();
    }

    /// <summary>Hands a frame on; nobody may be there to take it.</summary>
    internal void Pass(in CapturedFrame frame) => _traffic?.ProcessCarried(in frame);

    private static AnomalyDescriptor Describe(
        CanEthernetAnomaly anomaly, string name, string text, string? row = null) =>
        new(BitOperations.TrailingZeroCount((ulong)anomaly), name, row, text, Reference);
}

/// <summary>Numbers the senders of a run: the address, and the port that is served.</summary>
/// <remarks>
/// The sender's own port changes with every start of a program and tells nothing; a gateway with several buses has a
/// port for each.
/// </remarks>
internal sealed class CanEthernetChannels
{
    /// <summary>Above the numbers of interfaces, of which a run has a few.</summary>
    public const int First = 1 << 16;

    /// <summary>A sender that makes up addresses may not fill the table; 64 is what CAN channels are limited to as well.</summary>
    public const int Maximum = 64;

    private readonly Dictionary<(NetworkAddress Sender, ushort Port), int> _numbers = [];

    public int Of(NetworkAddress sender, ushort port)
    {
        if (_numbers.TryGetValue((sender, port), out var number)) return number;
        if (_numbers.Count == Maximum) return First + Maximum - 1;
        number = First + _numbers.Count;
        _numbers.Add((sender, port), number);
        return number;
    }
}
