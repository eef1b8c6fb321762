using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors.Dissection;
using OtGuard.Collectors.Modbus.Dissection;

namespace OtGuard.Collectors.Modbus;

/// <summary>
/// Modbus on TCP and UDP, and RTU frames carried on them, on any port: recognised by structure, decoded by the
/// Modbus Application Protocol Specification V1.1b3 and Modbus Messaging on TCP/IP Implementation Guide V1.0b.
/// </summary>
/// <remarks>Stateless and thread-safe; the decoders it makes are not.</remarks>
public sealed class ModbusProtocol : IProtocol
{
    /// <summary>The port registered for Modbus.</summary>
    public const ushort Port = 502;

    private readonly ModbusOptions _options;
    private readonly ModbusDissector _dissector;

    /// <summary>Creates the protocol.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An option is outside of its range.</exception>
    public ModbusProtocol(ModbusOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.ResponseTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumOutstandingRequests, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.MaximumOutstandingRequests, 4096);
        _options = options;
        _dissector = new ModbusDissector(this);
    }

    /// <inheritdoc/>
    public string Name => "modbus";

    /// <inheritdoc/>
    public string DisplayName => "Modbus";

    /// <inheritdoc/>
    public IReadOnlyList<(Transport Transport, ushort Port)> RegisteredPorts { get; } =
        [(Transport.Tcp, Port), (Transport.Udp, Port)];

    /// <inheritdoc/>
    public IReadOnlyList<AnomalyDescriptor> Anomalies => ModbusAnomalies.Descriptors;

    /// <inheritdoc/>
    public IReadOnlyList<ControlAct> ControlActs => ModbusControlActs.All;

    /// <inheritdoc/>
    public RefusalMeaning MeaningOf(int reason) => ModbusRefusals.MeaningOf(reason);

    /// <inheritdoc/>
    public Claim Probe(in Probe probe) => ModbusProbe.Judge(probe);

    /// <inheritdoc/>
    public IConnectionDecoder CreateDecoder(byte protocol, Transport transport, byte variant) =>
        new ModbusDecoder(protocol, transport, (ModbusFraming)variant, _options);

    /// <inheritdoc/>
    public IMessageDissector Dissector => _dissector;

    /// <inheritdoc/>
    public string OperationName(short code, int subCode) =>
        code < 0 ? "Undecodable"
        : code == FunctionCode.EncapsulatedInterfaceTransport && subCode == MeiType.ReadDeviceIdentification
            ? "ReadDeviceIdentification"
        : code == FunctionCode.EncapsulatedInterfaceTransport && subCode == MeiType.CanopenGeneralReference
            ? "CanopenGeneralReference"
        : new FunctionCode((byte)code).Name;

    /// <inheritdoc/>
    public string OperationText(short code, int subCode)
    {
        if (code < 0) return "bytes that are no message";
        var text = new FunctionCode((byte)code).Text;
        if (code == FunctionCode.EncapsulatedInterfaceTransport)
        {
            return subCode switch
            {
                MeiType.ReadDeviceIdentification => "read device identification (function code 43/14)",
                MeiType.CanopenGeneralReference => "CANopen general reference (function code 43/13)",
                < 0 => $"{text} (function code 43)",
                _ => string.Create(CultureInfo.InvariantCulture, $"{text} (function code 43/{subCode})"),
            };
        }

        if (code == FunctionCode.Diagnostics && subCode >= 0)
        {
            var named = DiagnosticsSubFunction.Text(subCode);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{(named.Length == 0 ? text : named)} (function code 8/{subCode})");
        }

        return text.Length == 0
            ? string.Create(CultureInfo.InvariantCulture, $"function code {code}")
            : string.Create(CultureInfo.InvariantCulture, $"{text} (function code {code})");
    }

    /// <inheritdoc/>
    public string TargetText(Target target)
    {
        switch (target.Space)
        {
            case TargetSpace.None:
                return "";
            case TargetSpace.Coils:
                return Range("coil", "coils", target);
            case TargetSpace.DiscreteInputs:
                return Range("discrete input", "discrete inputs", target);
            case TargetSpace.InputRegisters:
                return Range("input register", "input registers", target);
            case TargetSpace.HoldingRegisters:
                return Range("holding register", "holding registers", target);
            case TargetSpace.FileRecords:
                var file = string.Create(CultureInfo.InvariantCulture, $"file {target.Start >> 16}");
                return $"{file}, {Range("record", "records", target with { Start = target.Start & 0xFFFF })}";
            case TargetSpace.FifoQueue:
                return string.Create(CultureInfo.InvariantCulture, $"FIFO queue {target.Start}");
            case TargetSpace.DeviceObjects:
                return string.Create(CultureInfo.InvariantCulture, $"device objects from {target.Start}");
            default:
                throw new ArgumentOutOfRangeException(nameof(target));
        }
    }

    /// <inheritdoc/>
    public string ReasonText(int reason) => reason switch
    {
        < 0 => "",
        1 => "exception 1, illegal function",
        2 => "exception 2, illegal data address",
        3 => "exception 3, illegal data value",
        4 => "exception 4, server device failure",
        5 => "exception 5, acknowledge",
        6 => "exception 6, server device busy",
        8 => "exception 8, memory parity error",
        10 => "exception 10, gateway path unavailable",
        11 => "exception 11, gateway target device failed to respond",
        _ => string.Create(CultureInfo.InvariantCulture, $"exception {reason}"),
    };

    /// <inheritdoc/>
    public string UnitText(short unit) =>
        unit < 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"unit {unit}");

    /// <inheritdoc/>
    public void WriteJson(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch) =>
        ModbusJson.Write(writer, observation, batch);

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, string Value)> Identity(in Observation observation, ObservationBatch batch) =>
        ModbusIdentity.Read(observation, batch);

    private static string Range(string one, string many, Target target) => target.Count switch
    {
        <= 0 => string.Create(CultureInfo.InvariantCulture, $"{many} from {target.Start}"),
        1 => string.Create(CultureInfo.InvariantCulture, $"{one} {target.Start}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{many} {target.Start}–{target.End}"),
    };
}
