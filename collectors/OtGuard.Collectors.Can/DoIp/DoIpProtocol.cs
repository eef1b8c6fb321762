using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors.Can.Dissection;
using OtGuard.Collectors.Can.Uds;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Can.DoIp;

/// <summary>What is wrong with a DoIP message.</summary>
[Flags]
internal enum DoIpAnomaly : ulong
{
    None = 0,
    VersionInverseWrong = 1UL << 0,
    TypeUnknown = 1UL << 1,
    LengthInvalid = 1UL << 2,
    MessageTooLong = 1UL << 3,
    BytesSkipped = 1UL << 4,
    HeaderRefused = 1UL << 5,
    ActivationRefused = 1UL << 6,
    DiagnosticRefused = 1UL << 7,
}

/// <summary>
/// Diagnostics over IP: vehicle gateways on TCP and UDP, on any port. What diagnostic messages hold is written as
/// observations of UDS where that is registered beside it.
/// </summary>
/// <remarks>
/// ISO 13400-2:2019. Thread-safe once <see cref="UseRegistry"/> has been called; the decoders it makes are not.
/// </remarks>
public sealed class DoIpProtocol : IProtocol
{
    /// <summary>The port registered for DoIP.</summary>
    public const ushort Port = 13400;

    /// <summary>Bytes of the header.</summary>
    internal const int HeaderBytes = 8;

    private static readonly AnomalyDescriptor[] Descriptors =
    [
        Describe(DoIpAnomaly.VersionInverseWrong, "version-inverse-wrong", "D27",
            "has a version and an inverse that do not fit", "ISO 13400-2:2019 §9.3"),
        Describe(DoIpAnomaly.TypeUnknown, "type-unknown", "D27",
            "has a payload type the standard does not know", "ISO 13400-2:2019 §9.3"),
        Describe(DoIpAnomaly.LengthInvalid, "length-invalid", "D27",
            "has a length its payload type does not allow", "ISO 13400-2:2019 §9.3"),
        Describe(DoIpAnomaly.MessageTooLong, "message-too-long", "D27",
            "is longer than is put together, so that its content is passed over", "ISO 13400-2:2019 §9.3"),
        Describe(DoIpAnomaly.BytesSkipped, "bytes-skipped", "D27",
            "stands among bytes that are no DoIP message and were skipped", "ISO 13400-2:2019 §9.3"),
        Describe(DoIpAnomaly.HeaderRefused, "header-refused", "D27",
            "was refused for its header", "ISO 13400-2:2019 §9.3", "doip-header-refused"),
        Describe(DoIpAnomaly.ActivationRefused, "activation-refused", "D27",
            "was refused the routing it asked for", "ISO 13400-2:2019 §9.5.3", "doip-activation-refused"),
        Describe(DoIpAnomaly.DiagnosticRefused, "diagnostic-refused", "D27",
            "was refused by the gateway", "ISO 13400-2:2019 §9.6.3", "doip-message-refused"),
    ];

    private readonly CanOptions _options;
    private byte? _uds;

    /// <summary>Creates the protocol.</summary>
    public DoIpProtocol(CanOptions options) => _options = options;

    /// <inheritdoc/>
    public string Name => "doip";

    /// <inheritdoc/>
    public string DisplayName => "DoIP";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts { get; } =
        [(Transport.Tcp, Port), (Transport.Udp, Port)];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => Descriptors;

    /// <inheritdoc/>
    public string ProbingRow => "D23";

    /// <summary>Everything: what is done with a vehicle is in the diagnostic messages, which are observed as UDS.</summary>
    public bool IsOrdinary(short code, int subCode) => true;

    /// <summary>
    /// Tells it under which index UDS is registered. Until then diagnostic messages are observed as DoIP alone.
    /// </summary>
    public void UseRegistry(ProtocolRegistry protocols) => _uds = protocols.IndexOf(UdsProtocol.ProtocolName);

    /// <inheritdoc/>
    public Claim Probe(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < HeaderBytes)
        {
            var fits = data.Length == 0 || IsVersion(data[0]) && (data.Length == 1 || (byte)~data[1] == data[0]);
            return fits && probe.Transport == Transport.Tcp ? new Claim(ClaimVerdict.NeedMoreData) : default;
        }

        return Looks(data, out var type) ? new Claim(ClaimVerdict.Yes, 0, DoIpType.SenderIsClient(type)) : default;
    }

    /// <inheritdoc/>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) =>
        new DoIpDecoder(protocol, transport, _uds, _options);

    /// <inheritdoc/>
    public IMessageDissector Dissector => DoIpDissector.Instance;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) => DoIpType.Words(code).Name;

    /// <inheritdoc/>
    public string OperationText(short code, int subCode) => DoIpType.Words(code).Text;

    /// <inheritdoc/>
    public string TargetText(Target target) => "";

    /// <inheritdoc/>
    public string ReasonText(int reason) =>
        reason < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"refused with code 0x{reason:X2}");

    /// <inheritdoc/>
    public string UnitText(short unit) =>
        unit < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"logical address 0x{unit:X4}");

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        var request = batch.Bytes(observation.RequestData);
        var response = batch.Bytes(observation.ResponseData);
        writer.WriteStartObject();
        if (observation.Code < 0) writer.WriteNull("payloadType");
        else writer.WriteString(
            "payloadType", DoIpType.Type(observation.Code).ToString("X4", CultureInfo.InvariantCulture));
        if (observation.Reason < 0) writer.WriteNull("responseCode");
        else writer.WriteNumber("responseCode", observation.Reason);
        if (observation.Unit < 0) writer.WriteNull("logicalAddress");
        else writer.WriteNumber("logicalAddress", observation.Unit);
        foreach (var (name, value) in Identity(observation, batch)) writer.WriteString(MemberName(name), value);
        writer.WriteString("request", Convert.ToHexString(request));
        writer.WriteString("response", Convert.ToHexString(response));
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> Identity(in Observation observation, ObservationBatch batch)
    {
        if (observation.Operation != Operation.Identify) return [];
        var vehicle = observation.ResponseData.Length > 0 ? observation.ResponseData : observation.RequestData;
        var bytes = batch.Bytes(vehicle);
        if (bytes.Length < HeaderBytes + 32
            || BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) != DoIpType.VehicleAnnouncement) return [];
        bytes = bytes[HeaderBytes..];
        var vin = bytes[..17];
        return
        [
            ("VIN", vin.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0
                ? Encoding.ASCII.GetString(vin)
                : Convert.ToHexString(vin)),
            ("logical address", Convert.ToHexString(bytes.Slice(17, 2))),
            ("EID", Convert.ToHexString(bytes.Slice(19, 6))),
            ("GID", Convert.ToHexString(bytes.Slice(25, 6))),
        ];
    }

    /// <summary>Whether bytes begin with a header of a known payload type and a length that it can have.</summary>
    internal static bool Looks(ReadOnlySpan<byte> data, out ushort type)
    {
        type = 0;
        if (data.Length < HeaderBytes || !IsVersion(data[0]) || (byte)~data[1] != data[0]) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(data[4..]);
        return DoIpType.TryLengths(type, out var least, out var greatest) && length >= (uint)least && length <= (uint)greatest;
    }

    /// <summary>Versions of ISO 13400-2 so far, and the one for asking without knowing which.</summary>
    private static bool IsVersion(byte version) => version is >= 1 and <= 4 or 0xFF;

    private static string MemberName(string name) => name switch
    {
        "VIN" => "vin",
        "EID" => "eid",
        "GID" => "gid",
        _ => "entityAddress",
    };

    private static AnomalyDescriptor Describe(
        DoIpAnomaly anomaly, string name, string row, string text, string reference, string kind = "doip-malformed") =>
        new(BitOperations.TrailingZeroCount((ulong)anomaly), name, row, text, reference, kind);
}
