using System.Globalization;
using System.Text.Json;

namespace OtGuard.Collectors.Can.J1939;

/// <summary>What J1939 nodes do beyond sending periodic values, in words and JSON.</summary>
/// <remarks>Stateless and thread-safe.</remarks>
public sealed class J1939Protocol : IProtocol
{
    /// <summary>The protocol's name.</summary>
    public const string ProtocolName = "j1939";

    /// <inheritdoc/>
    public string Name => ProtocolName;

    /// <inheritdoc/>
    public string DisplayName => "J1939";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => J1939Anomalies.Descriptors;

    /// <inheritdoc/>
    public string ProbingRow => "D23";

    /// <summary>Everything: what a node says is judged by the parameter groups it names.</summary>
    public bool IsOrdinary(short code, int subCode) => true;

    /// <summary>Never claims a connection: J1939 runs on CAN.</summary>
    public Claim Probe(in Probe probe) => default;

    /// <summary>A decoder that uses up what it is given; never asked for, as nothing is claimed.</summary>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) => NoDecoder.Instance;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) => ((J1939Act)code).ToString();

    /// <inheritdoc/>
    public string OperationText(short code, int subCode) => (J1939Act)code switch
    {
        J1939Act.Message => "message",
        J1939Act.Request => "request for a parameter group",
        J1939Act.Acknowledgement => "acknowledgement",
        J1939Act.AddressClaim => "address claim",
        J1939Act.Transport => "transport of a message",
    };

    /// <inheritdoc/>
    public string TargetText(Target target)
    {
        if (target.Space != TargetSpace.ParameterGroups) return "";
        var name = J1939Groups.Name((int)target.Start);
        return string.Create(
            CultureInfo.InvariantCulture, $"PGN {target.Start}{(name.Length == 0 ? "" : $" ({name})")}");
    }

    /// <inheritdoc/>
    public string ReasonText(int reason) => reason switch
    {
        < 0 => "",
        1 => "reason 1, negative or already in a session",
        2 => "reason 2, access denied or resources needed elsewhere",
        3 => "reason 3, cannot respond or time-out",
        4 => "reason 4, clear to send during data",
        5 => "reason 5, too many repetitions",
        _ => string.Create(CultureInfo.InvariantCulture, $"reason {reason}"),
    };

    /// <inheritdoc/>
    public string UnitText(short unit) => "";

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        var data = batch.Bytes(observation.RequestData);
        var act = (J1939Act)observation.Code;
        writer.WriteStartObject();
        writer.WriteString("channel", CanProtocol.ChannelName(observation.Connection));
        if (observation.Target.Space == TargetSpace.ParameterGroups) writer.WriteNumber("pgn", observation.Target.Start);
        else writer.WriteNull("pgn");
        writer.WriteNumber("priority", observation.Transaction);
        writer.WriteNumber("source", (byte)observation.Connection.Conversation.Client.Low);
        writer.WriteNumber("destination", (byte)observation.Connection.Conversation.Server.Low);
        if (observation.Reason >= 0) writer.WriteNumber("reason", observation.Reason);
        writer.WriteString("data", Convert.ToHexString(data));
        if (act == J1939Act.AddressClaim && data.Length >= 8) WriteName(writer, J1939Name.Read(data));
        if (act == J1939Act.Message && observation.Target.Start is J1939Groups.Dm1 or J1939Groups.Dm2)
            WriteTroubleCodes(writer, data);
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> Identity(in Observation observation, ObservationBatch batch)
    {
        var data = batch.Bytes(observation.RequestData);
        if ((J1939Act)observation.Code != J1939Act.AddressClaim || data.Length < 8) return [];
        var name = J1939Name.Read(data);
        return
        [
            ("NAME", name.Value.ToString("X16", CultureInfo.InvariantCulture)),
            ("manufacturer code", name.Manufacturer.ToString(CultureInfo.InvariantCulture)),
            ("function", name.Function.ToString(CultureInfo.InvariantCulture)),
            ("identity number", name.Identity.ToString(CultureInfo.InvariantCulture)),
        ];
    }

    private static void WriteName(Utf8JsonWriter writer, J1939Name name)
    {
        writer.WriteStartObject("name");
        writer.WriteString("value", name.Value.ToString("X16", CultureInfo.InvariantCulture));
        writer.WriteNumber("identity", name.Identity);
        writer.WriteNumber("manufacturer", name.Manufacturer);
        writer.WriteNumber("ecuInstance", name.EcuInstance);
        writer.WriteNumber("functionInstance", name.FunctionInstance);
        writer.WriteNumber("function", name.Function);
        writer.WriteNumber("vehicleSystem", name.VehicleSystem);
        writer.WriteNumber("vehicleSystemInstance", name.VehicleSystemInstance);
        writer.WriteNumber("industryGroup", name.IndustryGroup);
        writer.WriteBoolean("arbitraryAddressCapable", name.IsArbitraryAddressCapable);
        writer.WriteEndObject();
    }

    /// <summary>Two bytes of lamps, then trouble codes of four; one of zeros says that there is none.</summary>
    private static void WriteTroubleCodes(Utf8JsonWriter writer, ReadOnlySpan<byte> data)
    {
        if (data.Length < 2) return;
        writer.WriteStartObject("lamps");
        writer.WriteNumber("malfunction", data[0] >> 6);
        writer.WriteNumber("redStop", data[0] >> 4 & 3);
        writer.WriteNumber("amberWarning", data[0] >> 2 & 3);
        writer.WriteNumber("protect", data[0] & 3);
        writer.WriteEndObject();
        writer.WriteStartArray("dtcs");
        for (var at = 2; at + 4 <= data.Length; at += 4)
        {
            var code = J1939Dtc.Read(data[at..]);
            if (code is { Spn: 0, Fmi: 0 } || data[at..(at + 4)].IndexOfAnyExcept((byte)0xFF) < 0) continue;
            writer.WriteStartObject();
            writer.WriteNumber("spn", code.Spn);
            writer.WriteNumber("fmi", code.Fmi);
            writer.WriteNumber("occurrences", code.OccurrenceCount);
            writer.WriteNumber("conversionMethod", code.ConversionMethod);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
