namespace OtGuard.Simulators.Wire;

/// <summary>How PDUs are framed.</summary>
public enum ModbusFraming : byte
{
    /// <summary>MBAP header: Modbus TCP and Modbus over UDP.</summary>
    Mbap,

    /// <summary>Unit identifier and CRC: serial frames carried through TCP.</summary>
    Rtu,
}

/// <summary>
/// Conversations in Modbus: each method adds a request with its response, the transaction identifier counting up.
/// </summary>
public sealed class ModbusClient
{
    private readonly ModbusFraming _framing;

    /// <summary>Speaks over a channel, which has to be open.</summary>
    public ModbusClient(IMessageChannel channel, ModbusFraming framing = ModbusFraming.Mbap)
    {
        ArgumentNullException.ThrowIfNull(channel);
        Channel = channel;
        _framing = framing;
    }

    /// <summary>What carries the messages.</summary>
    public IMessageChannel Channel { get; }

    /// <summary>The transaction identifier of the latest request.</summary>
    public ushort Transaction { get; set; }

    /// <summary>An ADU with the latest transaction identifier.</summary>
    public byte[] Frame(byte unit, ReadOnlySpan<byte> pdu) =>
        _framing == ModbusFraming.Mbap ? ModbusAdu.Mbap(Transaction, unit, pdu) : ModbusAdu.Rtu(unit, pdu);

    /// <summary>A request alone, with a new transaction identifier.</summary>
    public ModbusClient Request(byte unit, params ReadOnlySpan<byte> pdu)
    {
        Transaction++;
        Channel.Request(Frame(unit, pdu));
        return this;
    }

    /// <summary>A response alone, with the latest transaction identifier or another.</summary>
    public ModbusClient Respond(byte unit, ReadOnlySpan<byte> pdu, ushort? transaction = null)
    {
        Channel.Response(
            _framing == ModbusFraming.Mbap && transaction is { } other
                ? ModbusAdu.Mbap(other, unit, pdu)
                : Frame(unit, pdu));
        return this;
    }

    /// <summary>A request and its response.</summary>
    public ModbusClient Exchange(byte unit, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response) =>
        Request(unit, request).Respond(unit, response);

    /// <summary>A request that is refused with an exception code.</summary>
    public ModbusClient Refused(byte unit, ReadOnlySpan<byte> request, byte exceptionCode) =>
        Exchange(unit, request, ModbusPdu.Exception(request[0], exceptionCode));

    /// <summary>Coils are read (function 1).</summary>
    public ModbusClient ReadCoils(byte unit, ushort start, params ReadOnlySpan<bool> values) => Exchange(
        unit, ModbusPdu.ReadCoilsRequest(start, (ushort)values.Length), ModbusPdu.ReadCoilsResponse(values));

    /// <summary>Discrete inputs are read (function 2).</summary>
    public ModbusClient ReadDiscreteInputs(byte unit, ushort start, params ReadOnlySpan<bool> values) => Exchange(
        unit, ModbusPdu.ReadDiscreteInputsRequest(start, (ushort)values.Length),
        ModbusPdu.ReadDiscreteInputsResponse(values));

    /// <summary>Holding registers are read (function 3).</summary>
    public ModbusClient ReadHoldingRegisters(byte unit, ushort start, params ReadOnlySpan<ushort> values) => Exchange(
        unit, ModbusPdu.ReadHoldingRegistersRequest(start, (ushort)values.Length),
        ModbusPdu.ReadHoldingRegistersResponse(values));

    /// <summary>Input registers are read (function 4).</summary>
    public ModbusClient ReadInputRegisters(byte unit, ushort start, params ReadOnlySpan<ushort> values) => Exchange(
        unit, ModbusPdu.ReadInputRegistersRequest(start, (ushort)values.Length),
        ModbusPdu.ReadInputRegistersResponse(values));

    /// <summary>A coil is written (function 5).</summary>
    public ModbusClient WriteSingleCoil(byte unit, ushort address, bool value)
    {
        var pdu = ModbusPdu.WriteSingleCoil(address, value);
        return Exchange(unit, pdu, pdu);
    }

    /// <summary>A register is written (function 6).</summary>
    public ModbusClient WriteSingleRegister(byte unit, ushort address, ushort value)
    {
        var pdu = ModbusPdu.WriteSingleRegister(address, value);
        return Exchange(unit, pdu, pdu);
    }

    /// <summary>Coils are written (function 15).</summary>
    public ModbusClient WriteMultipleCoils(byte unit, ushort start, params ReadOnlySpan<bool> values) => Exchange(
        unit, ModbusPdu.WriteMultipleCoilsRequest(start, values),
        ModbusPdu.WriteMultipleCoilsResponse(start, (ushort)values.Length));

    /// <summary>Registers are written (function 16).</summary>
    public ModbusClient WriteMultipleRegisters(byte unit, ushort start, params ReadOnlySpan<ushort> values) => Exchange(
        unit, ModbusPdu.WriteMultipleRegistersRequest(start, values),
        ModbusPdu.WriteMultipleRegistersResponse(start, (ushort)values.Length));

    /// <summary>A diagnostic sub-function that is echoed (function 8).</summary>
    public ModbusClient Diagnostics(byte unit, ushort subFunction, ushort data = 0)
    {
        var pdu = ModbusPdu.Diagnostics(subFunction, data);
        return Exchange(unit, pdu, pdu);
    }

    /// <summary>The device identification is read (function 43/14).</summary>
    public ModbusClient ReadDeviceIdentification(byte unit, IReadOnlyList<(byte Id, string Text)> objects) =>
        Exchange(
            unit, ModbusPdu.ReadDeviceIdentificationRequest(),
            ModbusPdu.ReadDeviceIdentificationResponse(1, 1, objects));

    /// <summary>The server identifier is read (function 17).</summary>
    public ModbusClient ReportServerId(byte unit, byte serverId, string additional = "") => Exchange(
        unit, ModbusPdu.ReportServerIdRequest(), ModbusPdu.ReportServerIdResponse([serverId], true, additional));
}
