using System.Buffers.Binary;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation;

/// <summary>Measurements that are not true.</summary>
/// <param name="Truth">What the answers that carry them belong to.</param>
/// <param name="Apply">Makes the table that is told from the true one, which it leaves as it is.</param>
public sealed record Falsification(TruthRecord? Truth, Func<ushort[], ushort[]> Apply);

/// <summary>
/// A Modbus server as seen from outside: tables, identity, and the answers it gives to requests, also to foolish ones.
/// </summary>
/// <remarks>MODBUS Application Protocol Specification V1.1b3 §6 and §7.</remarks>
public sealed class SimulatedDevice
{
    private const byte IllegalFunction = 1;
    private const byte IllegalDataAddress = 2;
    private const byte IllegalDataValue = 3;
    private const byte ServerDeviceFailure = 4;
    private const byte ServerDeviceBusy = 6;
    private const byte GatewayTargetFailedToRespond = 11;
    private const byte RegularObjects = 7;

    private ushort _busMessages;

    /// <summary>Creates a device with empty tables.</summary>
    public SimulatedDevice(string name, EthernetHost host, byte unit, string product)
    {
        Name = name;
        Host = host;
        Unit = unit;
        Identity = [(0, "Simulated Switchgear"), (1, product), (2, "V3.2.1")];
    }

    /// <summary>What the station calls it.</summary>
    public string Name { get; }

    /// <summary>Where it is.</summary>
    public EthernetHost Host { get; }

    /// <summary>The unit identifier it answers to.</summary>
    public byte Unit { get; }

    /// <summary>Coils; coil 0 is the switch: true is closed.</summary>
    public bool[] Coils { get; } = new bool[16];

    /// <summary>Discrete inputs.</summary>
    public bool[] DiscreteInputs { get; } = new bool[16];

    /// <summary>Input registers.</summary>
    public ushort[] InputRegisters { get; } = new ushort[32];

    /// <summary>Holding registers.</summary>
    public ushort[] HoldingRegisters { get; } = new ushort[64];

    /// <summary>Objects of the device identification.</summary>
    public IReadOnlyList<(byte Id, string Text)> Identity { get; set; }

    /// <summary>True where it stores files (functions 20 and 21) and speaks the vendor function 90.</summary>
    public bool HasFiles { get; init; }

    /// <summary>True after Force Listen Only Mode: nothing is answered until a restart of communications.</summary>
    public bool IsListenOnly { get; set; }

    /// <summary>How long it thinks about a request.</summary>
    public TimeSpan Latency { get; init; } = TimeSpan.FromMilliseconds(3);

    /// <summary>True where an interlock forbids to set a coil to a value; the command is then refused (exception 4).</summary>
    public Func<int, bool, bool>? Refuses { get; set; }

    /// <summary>Energy measured that is less than a kWh, in kWs.</summary>
    internal double EnergySeconds { get; set; }

    /// <summary>
    /// What somebody between the device and its clients makes of the input registers that it answers with, and whose
    /// frames the answers are then; null where nobody is.
    /// </summary>
    public Falsification? Falsified { get; set; }

    /// <summary>Answers everything with exception 6 while true: it is too busy.</summary>
    public bool IsBusy { get; set; }

    /// <summary>True while it is without power or off the network: nothing comes from it.</summary>
    public bool IsOff { get; set; }

    /// <summary>Requests of the polling that are left out of those that are due, as a share of 0 to 1.</summary>
    public double PollsLeftOut { get; set; }

    /// <summary>Called after a coil was written: address and value.</summary>
    public Action<int, bool>? CoilWritten { get; set; }

    /// <summary>Called after a holding register was written: address and value.</summary>
    public Action<int, ushort>? RegisterWritten { get; set; }

    /// <summary>
    /// The response to a request for a unit identifier; one it does not have is answered as by a gateway (§7, code 11).
    /// </summary>
    public byte[]? AnswerAs(byte unit, ReadOnlySpan<byte> request)
    {
        if (unit == Unit || unit is 0 or 255 || request.IsEmpty) return Answer(request);
        return ModbusPdu.Exception(request[0], GatewayTargetFailedToRespond);
    }

    /// <summary>The response PDU, or null where there is none.</summary>
    public byte[]? Answer(ReadOnlySpan<byte> request)
    {
        if (request.IsEmpty) return null;
        var function = request[0];
        _busMessages++;
        if (IsListenOnly)
        {
            if (function == 8 && Number(request, 1) == 1) IsListenOnly = false;
            return null;
        }

        if (IsBusy) return ModbusPdu.Exception(function, ServerDeviceBusy);
        return function switch
        {
            1 => ReadBits(request, Coils),
            2 => ReadBits(request, DiscreteInputs),
            3 => ReadRegisters(request, HoldingRegisters),
            4 => ReadRegisters(request, Falsified is { } lie ? lie.Apply(InputRegisters) : InputRegisters),
            5 => WriteCoil(request),
            6 => WriteRegister(request),
            8 => Diagnose(request),
            15 => WriteCoils(request),
            16 => WriteRegisters(request),
            17 => ModbusPdu.ReportServerIdResponse([Unit], running: true, Name),
            20 or 21 or 90 when HasFiles => Files(request),
            43 => Identify(request),
            _ => ModbusPdu.Exception(function, IllegalFunction),
        };
    }

    private static int Number(ReadOnlySpan<byte> pdu, int at) =>
        pdu.Length >= at + 2 ? BinaryPrimitives.ReadUInt16BigEndian(pdu[at..]) : -1;

    private static byte[]? Check(ReadOnlySpan<byte> request, int limit, int size)
    {
        var quantity = Number(request, 3);
        if (quantity < 1 || quantity > limit) return ModbusPdu.Exception(request[0], IllegalDataValue);
        return Number(request, 1) + quantity > size ? ModbusPdu.Exception(request[0], IllegalDataAddress) : null;
    }

    private static byte[] ReadBits(ReadOnlySpan<byte> request, bool[] table)
    {
        if (Check(request, 2000, table.Length) is { } refusal) return refusal;
        var values = table.AsSpan(Number(request, 1), Number(request, 3));
        return request[0] == 1 ? ModbusPdu.ReadCoilsResponse(values) : ModbusPdu.ReadDiscreteInputsResponse(values);
    }

    private static byte[] ReadRegisters(ReadOnlySpan<byte> request, ushort[] table)
    {
        if (Check(request, 125, table.Length) is { } refusal) return refusal;
        var values = table.AsSpan(Number(request, 1), Number(request, 3));
        return request[0] == 3
            ? ModbusPdu.ReadHoldingRegistersResponse(values)
            : ModbusPdu.ReadInputRegistersResponse(values);
    }

    private byte[] WriteCoil(ReadOnlySpan<byte> request)
    {
        var (address, value) = (Number(request, 1), Number(request, 3));
        if (value is not (0 or 0xFF00)) return ModbusPdu.Exception(5, IllegalDataValue);
        if (address >= Coils.Length) return ModbusPdu.Exception(5, IllegalDataAddress);
        if (Refuses?.Invoke(address, value != 0) == true) return ModbusPdu.Exception(5, ServerDeviceFailure);
        Set(address, value != 0);
        return ModbusPdu.WriteSingleCoil((ushort)address, value != 0);
    }

    private byte[] WriteRegister(ReadOnlySpan<byte> request)
    {
        var (address, value) = (Number(request, 1), Number(request, 3));
        if (value < 0) return ModbusPdu.Exception(6, IllegalDataValue);
        if (address >= HoldingRegisters.Length) return ModbusPdu.Exception(6, IllegalDataAddress);
        Set(address, (ushort)value);
        return ModbusPdu.WriteSingleRegister((ushort)address, (ushort)value);
    }

    private byte[] WriteCoils(ReadOnlySpan<byte> request)
    {
        if (Check(request, 1968, Coils.Length) is { } refusal) return refusal;
        var (start, quantity) = (Number(request, 1), Number(request, 3));
        if (request.Length < 6 + (quantity + 7) / 8) return ModbusPdu.Exception(15, IllegalDataValue);
        var values = new bool[quantity];
        for (var i = 0; i < quantity; i++) values[i] = (request[6 + i / 8] >> i % 8 & 1) != 0;
        if (RefusesAny(start, values)) return ModbusPdu.Exception(15, ServerDeviceFailure);
        for (var i = 0; i < quantity; i++) Set(start + i, values[i]);
        return ModbusPdu.WriteMultipleCoilsResponse((ushort)start, (ushort)quantity);
    }

    // Refused is what an interlock forbids as things are, and what it would forbid once the others are done: two
    // switches that exclude each other are not closed by one command either.
    private bool RefusesAny(int start, bool[] values)
    {
        bool IsRefused() => Enumerable.Range(0, values.Length).Any(i => Refuses?.Invoke(start + i, values[i]) == true);
        if (IsRefused()) return true;
        var before = (bool[])Coils.Clone();
        values.CopyTo(Coils, start);
        var refused = IsRefused();
        before.CopyTo(Coils, 0);
        return refused;
    }

    private byte[] WriteRegisters(ReadOnlySpan<byte> request)
    {
        if (Check(request, 123, HoldingRegisters.Length) is { } refusal) return refusal;
        var (start, quantity) = (Number(request, 1), Number(request, 3));
        if (request.Length < 6 + quantity * 2) return ModbusPdu.Exception(16, IllegalDataValue);
        for (var i = 0; i < quantity; i++) Set(start + i, (ushort)Number(request, 6 + 2 * i));
        return ModbusPdu.WriteMultipleRegistersResponse((ushort)start, (ushort)quantity);
    }

    /// <summary>Switches by itself, as protection does; an interlock holds for it as well.</summary>
    public void Operate(int coil, bool value)
    {
        if (Refuses?.Invoke(coil, value) != true) Set(coil, value);
    }

    /// <summary>Takes a setting that comes by another way than Modbus.</summary>
    public void Adjust(int register, ushort value) => Set(register, value);

    private void Set(int coil, bool value)
    {
        Coils[coil] = value;
        CoilWritten?.Invoke(coil, value);
    }

    private void Set(int register, ushort value)
    {
        HoldingRegisters[register] = value;
        RegisterWritten?.Invoke(register, value);
    }

    private byte[]? Diagnose(ReadOnlySpan<byte> request)
    {
        switch (Number(request, 1))
        {
            case 0 or 1:
                return request.ToArray();
            case 4:
                // §6.8.1: no response is returned.
                IsListenOnly = true;
                return null;
            case 10:
                _busMessages = 0;
                return request.ToArray();
            case 11:
                return ModbusPdu.Diagnostics(11, _busMessages);
            case var other and >= 12 and <= 18:
                return ModbusPdu.Diagnostics((ushort)other);
            default:
                return ModbusPdu.Exception(8, IllegalFunction);
        }
    }

    private static byte[] Files(ReadOnlySpan<byte> request)
    {
        if (request[0] == 21) return request.ToArray();
        if (request[0] == 90) return ModbusPdu.Vendor90(request.Length > 1 ? request[1] : (byte)0, 0xFE);
        if (request.Length < 9) return ModbusPdu.Exception(20, IllegalDataValue);
        var length = Math.Min(Number(request, 7), 100);
        return ModbusPdu.ReadFileRecordResponse(new FileRecord(1, 0, new ushort[length]));
    }

    private byte[] Identify(ReadOnlySpan<byte> request)
    {
        if (request.Length < 4 || request[1] != 14) return ModbusPdu.Exception(43, IllegalFunction);
        var (code, first) = (request[2], request[3]);
        if (code is < 1 or > 4) return ModbusPdu.Exception(43, IllegalDataValue);
        // §6.21: reading one object that does not exist is an error, reading a stream from it starts again.
        if (code == 4 && first >= Identity.Count) return ModbusPdu.Exception(43, IllegalDataAddress);
        var objects = code == 4
            ? Identity.Where(entry => entry.Id == first).ToArray()
            : Identity.Where(entry => entry.Id < RegularObjects).ToArray();
        return ModbusPdu.ReadDeviceIdentificationResponse(code, 0x81, objects);
    }
}
