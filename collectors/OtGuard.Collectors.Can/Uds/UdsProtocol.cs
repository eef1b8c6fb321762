using System.Globalization;
using System.Text;
using System.Text.Json;

namespace OtGuard.Collectors.Can.Uds;

/// <summary>UDS (and the OBD services) in words and JSON; carried by ISO-TP on CAN and by DoIP.</summary>
/// <remarks>Stateless and thread-safe.</remarks>
public sealed class UdsProtocol : IProtocol
{
    /// <summary>The protocol's name.</summary>
    public const string ProtocolName = "uds";

    private const string SoftwareTransfer = "software-transfer";
    private const string DiagnosticWrite = "diagnostic-write";
    private const string RoutineControl = "routine-control";
    private const string TroubleCodesCleared = "trouble-codes-cleared";

    /// <inheritdoc/>
    public string Name => ProtocolName;

    /// <inheritdoc/>
    public string DisplayName => "UDS";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts => [];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => UdsAnomalies.Descriptors;

    /// <inheritdoc/>
    public IReadOnlyList<ControlAct> ControlActs { get; } =
    [
        new(0x34, null, default, "D18", "accept a download", "ISO 14229-1:2020 §15.2", SoftwareTransfer),
        new(0x35, null, default, "D18", "hand out its memory", "ISO 14229-1:2020 §15.3", SoftwareTransfer),
        new(0x36, null, default, "D18", "go on with a transfer", "ISO 14229-1:2020 §15.4", SoftwareTransfer),
        new(0x37, null, default, "D18", "end a transfer", "ISO 14229-1:2020 §15.5", SoftwareTransfer),
        new(0x38, null, default, "D18", "transfer a file", "ISO 14229-1:2020 §15.6", "file-transfer"),
        new(0x2E, null, default, "D19", "store a value", "ISO 14229-1:2020 §11.7", DiagnosticWrite),
        new(0x3D, null, default, "D19", "change its memory", "ISO 14229-1:2020 §11.8", DiagnosticWrite),
        new(0x2F, null, default, "D19", "take over an input or output", "ISO 14229-1:2020 §13.2", "io-control"),
        new(0x08, null, default, "D19", "run a test of a component", "SAE J1979 §6.8", "io-control"),
        new(0x31, 1, default, "D19", "start a routine", "ISO 14229-1:2020 §14.2", RoutineControl),
        new(0x31, 2, default, "D19", "stop a routine", "ISO 14229-1:2020 §14.2", RoutineControl),
        // Too short to say which.
        new(0x31, -1, default, "D19", "run a routine", "ISO 14229-1:2020 §14.2", RoutineControl),
        new(0x11, null, default, "D20", "reset", "ISO 14229-1:2020 §10.3", Restarts: true),
        new(0x28, 1, default, "D21", "stop sending", "ISO 14229-1:2020 §10.5"),
        new(0x28, 2, default, "D21", "stop receiving", "ISO 14229-1:2020 §10.5"),
        new(0x28, 3, default, "D21", "stop sending and receiving", "ISO 14229-1:2020 §10.5"),
        new(0x28, 4, default, "D21", "stop sending", "ISO 14229-1:2020 §10.5"),
        new(0x85, 2, default, "D22", "stop recording trouble codes", "ISO 14229-1:2020 §10.8", "trouble-codes-suppressed"),
        new(0x14, null, default, "D22", "clear its trouble codes", "ISO 14229-1:2020 §12.2", TroubleCodesCleared),
        new(0x04, null, default, "D22", "clear its emission-related trouble codes", "SAE J1979 §6.4", TroubleCodesCleared),
    ];

    /// <inheritdoc/>
    public RefusalMeaning MeaningOf(int reason) => UdsRefusals.MeaningOf(reason);

    /// <inheritdoc/>
    public string ProbingRow => "D23";

    /// <summary>
    /// The ordinary session of any tester: opening a session and keeping it, reading data and trouble codes, OBD; asking
    /// for access, which has rows of its own once it is granted or refused. And what ends an act that is none of that:
    /// communication and the recording of trouble codes switched on.
    /// </summary>
    public bool IsOrdinary(short code, int subCode) =>
        UdsServices.IsOrdinary(code) || (code, subCode) is (0x28, 0) or (0x85, 1);

    /// <inheritdoc/>
    public AccessStep AccessStepOf(short code, int subCode) => (code, subCode) switch
    {
        // ISO 14229-1:2020 §10.4: odd sub-functions ask for the seed of a level, the even one after it sends its key.
        (UdsServices.SecurityAccess, > 0 and < 0x7F) => (subCode & 1) != 0 ? AccessStep.Challenge : AccessStep.Credential,
        // ISO 14229-1:2020 §10.2: what was unlocked or begun in a session ends with it.
        (UdsServices.DiagnosticSessionControl, _) => AccessStep.Session,
        // ISO 14229-1:2020 §10.6: verification of a certificate (one way, both ways) and proof of ownership.
        (UdsServices.Authentication, 1 or 2 or 3 or 5 or 6 or 7) => AccessStep.Authentication,
        _ => AccessStep.None,
    };

    /// <summary>The seed. One of zeros says that the level is unlocked already (ISO 14229-1:2020 §10.4.1).</summary>
    public ReadOnlySpan<byte> ChallengeOf(in Observation observation, ObservationBatch batch)
    {
        if (AccessStepOf(observation.Code, observation.SubCode) != AccessStep.Challenge) return [];
        var response = batch.Bytes(observation.ResponseData);
        if (response.Length < 3 || response[0] == UdsServices.NegativeResponse) return [];
        var seed = response[2..];
        return seed.IndexOfAnyExcept((byte)0) < 0 ? [] : seed;
    }

    /// <summary>Never claims a connection: DoIP does, and CAN is none.</summary>
    public Claim Probe(in Probe probe) => default;

    /// <summary>A decoder that uses up what it is given; never asked for, as nothing is claimed.</summary>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) => NoDecoder.Instance;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) => UdsServices.Name(code);

    /// <inheritdoc/>
    public string OperationText(short code, int subCode) => UdsServices.Text(code, subCode);

    /// <inheritdoc/>
    public string TargetText(Target target) => target.Space switch
    {
        TargetSpace.DataIdentifiers => string.Create(CultureInfo.InvariantCulture, $"data identifier 0x{target.Start:X4}"),
        TargetSpace.Routines => string.Create(CultureInfo.InvariantCulture, $"routine 0x{target.Start:X4}"),
        TargetSpace.Memory => string.Create(
            CultureInfo.InvariantCulture, $"{target.Count} bytes of memory at 0x{target.Start:X}"),
        _ => "",
    };

    /// <inheritdoc/>
    public string ReasonText(int reason)
    {
        if (reason < 0) return "";
        var text = UdsRefusals.Text(reason);
        return string.Create(
            CultureInfo.InvariantCulture, $"negative response 0x{reason:X2}{(text.Length == 0 ? "" : ", ")}{text}");
    }

    /// <inheritdoc/>
    public string UnitText(short unit) =>
        unit < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"address 0x{unit:X2}");

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        var request = batch.Bytes(observation.RequestData);
        var response = batch.Bytes(observation.ResponseData);
        var form = UdsServices.Find(observation.Code)?.Form;
        writer.WriteStartObject();
        if (observation.Connection.Transport == Transport.Can)
        {
            writer.WriteString("channel", CanProtocol.ChannelName(observation.Connection));
        }
        else
        {
            writer.WriteNumber("source", observation.Transaction >> 16);
            writer.WriteNumber("target", observation.Transaction & 0xFFFF);
        }

        WriteNumber(writer, "sid", observation.Code);
        writer.WriteString("service", UdsServices.Name(observation.Code));
        WriteNumber(writer, "subFunction", form == UdsForm.DataIdentifier ? -1 : observation.SubCode);
        WriteTarget(writer, "did", TargetSpace.DataIdentifiers, observation.Target);
        WriteTarget(writer, "rid", TargetSpace.Routines, observation.Target);
        if (observation.Target.Space == TargetSpace.Memory)
        {
            writer.WriteNumber("address", observation.Target.Start);
            writer.WriteNumber("size", observation.Target.Count);
        }

        WriteNumber(writer, "nrc", observation.Reason);
        var suppresses = form is UdsForm.SubFunction or UdsForm.Routine && request.Length > 1
            && (request[1] & UdsServices.SuppressBit) != 0;
        writer.WriteBoolean("suppressPositiveResponse", suppresses);
        if (observation.Connection.Transport == Transport.Can)
            WriteNumber(writer, "addressExtension", observation.Unit);
        writer.WriteString("request", Convert.ToHexString(request));
        writer.WriteString("response", Convert.ToHexString(response));
        writer.WriteEndObject();
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> Identity(in Observation observation, ObservationBatch batch)
    {
        if (observation.Outcome != Outcome.Succeeded || observation.Code != UdsServices.ReadDataByIdentifier) return [];
        var response = batch.Bytes(observation.ResponseData);
        if (response.Length < 4 || response[0] != 0x62) return [];

        // Several identifiers in one answer follow each other without lengths: only the first begins where it is known.
        var request = batch.Bytes(observation.RequestData);
        if (request.Length > 3) return [];
        var value = response[3..];
        var text = value.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E) < 0
            ? Encoding.ASCII.GetString(value).Trim()
            : Convert.ToHexString(value);
        return [(IdentifierName(observation.SubCode), text)];
    }

    private static string IdentifierName(int identifier) => identifier switch
    {
        0xF180 => "boot software identification",
        0xF181 => "application software identification",
        0xF182 => "application data identification",
        0xF187 => "spare part number",
        0xF188 => "ECU software number",
        0xF189 => "ECU software version",
        0xF18A => "supplier",
        0xF18B => "manufacturing date",
        0xF18C => "serial number",
        0xF190 => "VIN",
        0xF191 => "ECU hardware number",
        0xF192 => "supplier's ECU hardware number",
        0xF193 => "supplier's ECU hardware version",
        0xF194 => "supplier's ECU software number",
        0xF195 => "supplier's ECU software version",
        0xF197 => "system name",
        _ => string.Create(CultureInfo.InvariantCulture, $"data identifier 0x{identifier:X4}"),
    };

    private static void WriteTarget(Utf8JsonWriter writer, string name, TargetSpace space, Target target)
    {
        if (target.Space == space) writer.WriteString(name, target.Start.ToString("X4", CultureInfo.InvariantCulture));
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, long value)
    {
        if (value < 0) writer.WriteNull(name);
        else writer.WriteNumber(name, value);
    }
}
