using System.Globalization;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Modbus.Dissection;

/// <summary>
/// Takes Modbus messages apart: MBAP header or RTU frame, and the PDU of every function of the standard.
/// </summary>
/// <remarks>
/// Modbus Application Protocol V1.1b3 §6 and §7, Modbus Messaging on TCP/IP V1.0b §3.1.3, Serial Line V1.02 §2.3.
/// </remarks>
internal sealed class ModbusDissector(ModbusProtocol protocol) : IMessageDissector
{
    private const string Layer = "Modbus";

    /// <inheritdoc/>
    public int LengthOf(ReadOnlySpan<byte> data, in MessageContext context)
    {
        if ((ModbusFraming)context.Variant == ModbusFraming.Rtu)
        {
            var length = context.Direction is { } direction
                ? Framing.Rtu(data, direction)
                : Math.Max(Framing.Rtu(data, Direction.ToServer), Framing.Rtu(data, Direction.ToClient));
            return length;
        }

        if (data.Length < ModbusLimits.MbapPrefixBytes) return 0;
        var declared = data[4] << 8 | data[5];
        return data[2] == 0 && data[3] == 0
            && declared is >= ModbusLimits.MbapLengthMinimum and <= ModbusLimits.MbapLengthMaximum
            ? ModbusLimits.MbapPrefixBytes + declared
            : -1;
    }

    /// <inheritdoc/>
    public void Dissect(ReadOnlySpan<byte> message, in MessageContext context, FieldWriter fields)
    {
        var cursor = new FieldCursor(message, fields, Layer);
        if ((ModbusFraming)context.Variant == ModbusFraming.Rtu)
        {
            cursor.Layer = "Modbus RTU";
            var pdu = message.Length - ModbusLimits.RtuCrcBytes;
            if (!cursor.Number(1, "address", out var address) || pdu <= 1)
            {
                if (!cursor.IsCutOff) cursor.Break("PDU", "", FieldFault.CutOff);
                return;
            }

            Pdu(message[1..pdu], 1, context.Direction, (int)address, fields);
            cursor.Skip(pdu - 1);
            var isRight = Crc16.Of(message) == Crc16.Residue;
            cursor.Take(
                ModbusLimits.RtuCrcBytes, "CRC", isRight ? "right" : "wrong",
                    isRight ? FieldFault.None : FieldFault.Malformed);
            return;
        }

        cursor.Layer = "MBAP";
        if (!cursor.Number(2, "transaction identifier", out _)
            || !cursor.Number(2, "protocol identifier", out _, value => value == 0 ? "0, Modbus" : Text(value),
                isValid: value => value == 0)
            || !cursor.Number(
                2, "length", out var length, value => $"{Text(value)} bytes",
                isValid: value => value is >= ModbusLimits.MbapLengthMinimum and <= ModbusLimits.MbapLengthMaximum)
            || !cursor.Number(1, "unit identifier", out var unit)) return;
        if (cursor.Remaining == 0)
        {
            cursor.Break("PDU", "", FieldFault.CutOff);
            return;
        }

        Pdu(cursor.Rest, cursor.Offset, context.Direction, (int)unit, fields);
        _ = length;
    }

    private void Pdu(ReadOnlySpan<byte> pdu, int offset, Direction? known, int unit, FieldWriter fields)
    {
        var cursor = new FieldCursor(pdu, fields, Layer, offset);
        var code = new FunctionCode(pdu[0]);
        var direction = known ?? Guess(pdu);
        var words = protocol.OperationText(code.Function.Value, SubCode(pdu));
        fields.Describe(Layer, string.Create(
            CultureInfo.InvariantCulture,
            $"{(direction == Direction.ToServer ? "request" : code.IsException ? "exception" : "response")}, unit {unit}: {words}"));
        if (code.IsException)
        {
            cursor.Number(1, "function code", out _, value => $"0x{value:x2}, exception to {words}");
            cursor.Number(
                1, "exception code", out _, value => protocol.ReasonText((int)value),
                    isValid: value => ModbusLimits.IsExceptionCode((int)value));
        }
        else
        {
            cursor.Number(
                1, "function code", out _, value => code.Text.Length == 0 ? Text(value) : $"{Text(value)}, {code.Text}",
                isValid: _ => code.Class is FunctionCodeClass.Assigned or FunctionCodeClass.UserDefined or FunctionCodeClass.Vendor);
            if (!TryEchoed(ref cursor, code.Value))
            {
                if (direction == Direction.ToServer) Request(ref cursor, code.Value);
                else Response(ref cursor, code.Value);
            }
        }

        if (!cursor.IsCutOff)
            cursor.TakeRest("bytes behind the PDU", null, code.Class == FunctionCodeClass.Assigned
                || code.IsException ? FieldFault.Malformed : FieldFault.None);
    }

    private static int SubCode(ReadOnlySpan<byte> pdu) => pdu[0] switch
    {
        FunctionCode.Diagnostics when pdu.Length >= 3 => pdu[1] << 8 | pdu[2],
        FunctionCode.EncapsulatedInterfaceTransport when pdu.Length >= 2 => pdu[1],
        _ => -1,
    };

    /// <summary>Who sends a PDU whose connection does not say: what its length fits, else the client.</summary>
    private static Direction Guess(ReadOnlySpan<byte> pdu) =>
        pdu[0] >= FunctionCode.ExceptionBit
        || Framing.Pdu(pdu, pdu.Length, Direction.ToServer) != Fit.Yes
            && Framing.Pdu(pdu, pdu.Length, Direction.ToClient) == Fit.Yes
            ? Direction.ToClient
            : Direction.ToServer;

    /// <summary>Names the fields of functions whose response has the form of the request; false for all others.</summary>
    private static bool TryEchoed(ref FieldCursor cursor, byte code)
    {
        switch (code)
        {
            case FunctionCode.WriteSingleCoil:
                SingleCoil(ref cursor);
                return true;
            case FunctionCode.WriteSingleRegister:
                if (cursor.Number(2, "register address", out _)) cursor.Number(2, "register value", out _, Register);
                return true;
            case FunctionCode.Diagnostics:
                Diagnostics(ref cursor);
                return true;
            case FunctionCode.WriteFileRecord:
                WriteFile(ref cursor);
                return true;
            case FunctionCode.MaskWriteRegister:
                MaskWrite(ref cursor);
                return true;
            default:
                return false;
        }
    }

    private static void Request(ref FieldCursor cursor, byte code)
    {
        switch (code)
        {
            case FunctionCode.ReadCoils:
                Range(ref cursor, "quantity of coils", ModbusLimits.ReadCoilsQuantityMaximum);
                break;
            case FunctionCode.ReadDiscreteInputs:
                Range(ref cursor, "quantity of inputs", ModbusLimits.ReadDiscreteInputsQuantityMaximum);
                break;
            case FunctionCode.ReadHoldingRegisters:
                Range(ref cursor, "quantity of registers", ModbusLimits.ReadHoldingRegistersQuantityMaximum);
                break;
            case FunctionCode.ReadInputRegisters:
                Range(ref cursor, "quantity of input registers", ModbusLimits.ReadInputRegistersQuantityMaximum);
                break;
            case FunctionCode.WriteMultipleCoils:
                if (Range(ref cursor, "quantity of outputs", ModbusLimits.WriteMultipleCoilsQuantityMaximum,
                    out var outputs, out var coil)
                    && cursor.Number(1, "byte count", out _, isValid: value => value == (outputs + 7) / 8))
                    Coils(ref cursor, outputs, coil);
                break;
            case FunctionCode.WriteMultipleRegisters:
                if (Range(
                        ref cursor, "quantity of registers", ModbusLimits.WriteMultipleRegistersQuantityMaximum,
                            out var registers, out var first)
                    && cursor.Number(1, "byte count", out var bytes, isValid: value => value == registers * 2))
                    Registers(ref cursor, (int)bytes, (int)first);
                break;
            case FunctionCode.ReadFileRecord:
                if (!cursor.Number(1, "byte count", out var count)) break;
                for (var end = cursor.Position + (int)count; cursor.Position < end && !cursor.IsCutOff;)
                    FileReference(ref cursor);
                break;
            case FunctionCode.ReadWriteMultipleRegisters:
                if (Range(ref cursor, "quantity to read", ModbusLimits.ReadWriteReadQuantityMaximum, out _, out _,
                    "read starting address")
                    && Range(
                        ref cursor, "quantity to write", ModbusLimits.ReadWriteWriteQuantityMaximum, out var written,
                            out var start,
                        "write starting address")
                    && cursor.Number(1, "write byte count", out var writeBytes, isValid: value => value == written * 2))
                    Registers(ref cursor, (int)writeBytes, (int)start);
                break;
            case FunctionCode.ReadFifoQueue:
                cursor.Number(2, "FIFO pointer address", out _);
                break;
            case FunctionCode.EncapsulatedInterfaceTransport:
                if (!cursor.Number(1, "MEI type", out var type, MeiText)) break;
                if (type != MeiType.ReadDeviceIdentification)
                {
                    cursor.TakeRest("MEI data");
                    break;
                }

                if (cursor.Number(1, "read device ID code", out _, ReadDeviceIdText, isValid: IsReadDeviceId))
                    cursor.Number(1, "object ID", out _, ObjectText);
                break;
            default:
                if (!IsEmptyRequest(code)) cursor.TakeRest("data");
                break;
        }
    }

    private static bool IsEmptyRequest(byte code) =>
        code is FunctionCode.ReadExceptionStatus or FunctionCode.GetCommEventCounter
        or FunctionCode.GetCommEventLog or FunctionCode.ReportServerId;

    private static void Response(ref FieldCursor cursor, byte code)
    {
        switch (code)
        {
            case FunctionCode.ReadCoils or FunctionCode.ReadDiscreteInputs:
                if (cursor.Number(1, "byte count", out var bits))
                    Bits(ref cursor, (int)bits, code == FunctionCode.ReadCoils ? "coil status" : "input status");
                break;
            case FunctionCode.ReadHoldingRegisters or FunctionCode.ReadInputRegisters or FunctionCode.ReadWriteMultipleRegisters:
                if (cursor.Number(1, "byte count", out var bytes, isValid: value => value % 2 == 0))
                    Registers(ref cursor, (int)bytes, -1);
                break;
            case FunctionCode.ReadExceptionStatus:
                cursor.Number(1, "output data", out _,
                    value => $"0b{Convert.ToString((byte)value, 2).PadLeft(8, '0')}");
                break;
            case FunctionCode.GetCommEventCounter:
                if (cursor.Number(2, "status", out _, StatusText)) cursor.Number(2, "event count", out _);
                break;
            case FunctionCode.GetCommEventLog:
                if (!cursor.Number(1, "byte count", out var logged) || !cursor.Number(2, "status", out _, StatusText)
                    || !cursor.Number(2, "event count", out _) || !cursor.Number(2, "message count", out _)) break;
                if (logged > ModbusLimits.CommEventLogFixedBytes)
                    cursor.Take((int)logged - ModbusLimits.CommEventLogFixedBytes, "events");
                break;
            case FunctionCode.WriteMultipleCoils:
                Range(ref cursor, "quantity of outputs", ModbusLimits.WriteMultipleCoilsQuantityMaximum);
                break;
            case FunctionCode.WriteMultipleRegisters:
                Range(ref cursor, "quantity of registers", ModbusLimits.WriteMultipleRegistersQuantityMaximum);
                break;
            case FunctionCode.ReportServerId:
                if (!cursor.Number(1, "byte count", out var identified)) break;
                var shown = Math.Min((int)identified, cursor.Remaining);
                cursor.Take((int)identified, "server identifier and run indicator",
                    FieldCursor.TextOrHex(cursor.Rest[..shown]));
                break;
            case FunctionCode.ReadFileRecord:
                if (!cursor.Number(1, "response data length", out var length)) break;
                for (var end = cursor.Position + (int)length; cursor.Position < end && !cursor.IsCutOff;)
                {
                    if (!cursor.Number(1, "file response length", out var group, isValid: value => value >= 1)
                        || !cursor.Number(1, "reference type", out _,
                            isValid: value => value == ModbusLimits.FileReferenceType)) break;
                    Registers(ref cursor, Math.Max(0, (int)group - 1), -1);
                }

                break;
            case FunctionCode.ReadFifoQueue:
                if (cursor.Number(2, "byte count", out _)
                    && cursor.Number(2, "FIFO count", out var queued,
                        isValid: value => value <= ModbusLimits.FifoCountMaximum))
                    Registers(ref cursor, (int)queued * 2, -1);
                break;
            case FunctionCode.EncapsulatedInterfaceTransport:
                DeviceIdentification(ref cursor);
                break;
            default:
                cursor.TakeRest("data");
                break;
        }
    }

    private static void DeviceIdentification(ref FieldCursor cursor)
    {
        if (!cursor.Number(1, "MEI type", out var type, MeiText)) return;
        if (type != MeiType.ReadDeviceIdentification)
        {
            cursor.TakeRest("MEI data");
            return;
        }

        if (!cursor.Number(1, "read device ID code", out _, ReadDeviceIdText, isValid: IsReadDeviceId)
            || !cursor.Number(1, "conformity level", out _, value => $"0x{value:x2}",
                isValid: value => ModbusLimits.IsConformityLevel((byte)value))
            || !cursor.Number(1, "more follows", out _, value => value == 0 ? "no" : "yes",
                isValid: value => value is 0 or ModbusLimits.MoreFollows)
            || !cursor.Number(1, "next object ID", out _)
                || !cursor.Number(1, "number of objects", out var objects)) return;
        for (; objects > 0; objects--)
        {
            if (!cursor.Number(1, "object ID", out _, ObjectText) || !cursor.Number(1, "object length", out var length))
                return;
            var shown = Math.Min((int)length, cursor.Remaining);
            if (!cursor.Take((int)length, "object value", FieldCursor.TextOrHex(cursor.Rest[..shown]))) return;
        }
    }

    private static void Diagnostics(ref FieldCursor cursor)
    {
        if (!cursor.Number(2, "sub-function", out _,
            value => DiagnosticsSubFunction.Text((int)value) is { Length: > 0 } text ? $"{Text(value)}, {text}"
            : Text(value),
            isValid: value => !DiagnosticsSubFunction.IsReserved((int)value))) return;
        if (cursor.Remaining == 0) cursor.Break("data", "", FieldFault.CutOff);
        else cursor.TakeRest("data");
    }

    private static void MaskWrite(ref FieldCursor cursor)
    {
        if (cursor.Number(2, "reference address", out _)
            && cursor.Number(2, "AND mask", out _, value => $"0x{value:x4}"))
            cursor.Number(2, "OR mask", out _, value => $"0x{value:x4}");
    }

    private static void WriteFile(ref FieldCursor cursor)
    {
        if (!cursor.Number(1, "data length", out var length)) return;
        for (var end = cursor.Position + (int)length; cursor.Position < end && !cursor.IsCutOff;)
            if (FileReference(ref cursor) is { } registers) Registers(ref cursor, registers * 2, -1);
    }

    private static int? FileReference(ref FieldCursor cursor) =>
        cursor.Number(1, "reference type", out _, isValid: value => value == ModbusLimits.FileReferenceType)
        && cursor.Number(2, "file number", out _, isValid: value => value >= ModbusLimits.FileNumberMinimum)
        && cursor.Number(2, "record number", out _, isValid: value => value <= ModbusLimits.FileRecordNumberMaximum)
        && cursor.Number(2, "record length", out var length)
            ? (int)length
            : null;

    private static void SingleCoil(ref FieldCursor cursor)
    {
        if (cursor.Number(2, "output address", out _))
            cursor.Number(
                2, "output value", out _,
                value => value switch
                {
                    ModbusLimits.WriteSingleCoilOn => "0xff00, on",
                    ModbusLimits.WriteSingleCoilOff => "0x0000, off",
                    _ => $"0x{value:x4}, neither on nor off",
                },
                isValid: value => value is ModbusLimits.WriteSingleCoilOn or ModbusLimits.WriteSingleCoilOff);
    }

    private static void Range(ref FieldCursor cursor, string quantity, int maximum) =>
        Range(ref cursor, quantity, maximum, out _, out _);

    private static bool Range(
        ref FieldCursor cursor, string quantity, int maximum, out ulong count, out ulong start,
            string address = "starting address")
    {
        count = 0;
        return cursor.Number(2, address, out start)
            && cursor.Number(2, quantity, out count, isValid: value => value >= 1 && value <= (ulong)maximum);
    }

    /// <summary>Registers, each a field; with the address of the first where the message says it.</summary>
    private static void Registers(ref FieldCursor cursor, int bytes, int first)
    {
        for (var index = 0; index < bytes / 2; index++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"register {(first < 0 ? index : first + index)}");
            if (!cursor.Number(2, first < 0 ? $"{name} of the answer" : name, out _, Register)) return;
        }

        if (bytes % 2 != 0) cursor.Take(1, "odd byte", null, FieldFault.Malformed);
    }

    private static void Coils(ref FieldCursor cursor, ulong quantity, ulong first)
    {
        for (ulong at = 0; at < quantity; at += 8)
        {
            var count = Math.Min(8, quantity - at);
            if (!cursor.Number(
                1, string.Create(CultureInfo.InvariantCulture, $"outputs {first + at} to {first + at + count - 1}"),
                    out _,
                value => Levels(value, (int)count))) return;
        }
    }

    private static void Bits(ref FieldCursor cursor, int bytes, string name)
    {
        for (var index = 0; index < bytes; index++)
        {
            if (!cursor.Number(
                1, string.Create(CultureInfo.InvariantCulture,
                    $"{name} {index * 8} to {index * 8 + 7} of the answer"), out _,
                value => Levels(value, 8))) return;
        }
    }

    /// <summary>Coils in the order of their addresses: the lowest bit is the first.</summary>
    private static string Levels(ulong value, int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(bit => (value >> bit & 1) == 0 ? "0" : "1"));

    private static bool IsReadDeviceId(ulong value) =>
        value is >= ModbusLimits.ReadDeviceIdCodeMinimum and <= ModbusLimits.ReadDeviceIdCodeMaximum;

    private static string ReadDeviceIdText(ulong value) => value switch
    {
        1 => "1, basic",
        2 => "2, regular",
        3 => "3, extended",
        4 => "4, one object",
        _ => Text(value),
    };

    private static string ObjectText(ulong value) => $"{Text(value)}, {ModbusIdentity.ObjectName((byte)value)}";

    private static string MeiText(ulong value) => value switch
    {
        MeiType.ReadDeviceIdentification => "14, read device identification",
        MeiType.CanopenGeneralReference => "13, CANopen general reference",
        _ => Text(value),
    };

    private static string StatusText(ulong value) => value == 0xFFFF ? "0xffff, busy" : $"0x{value:x4}";

    private static string Register(ulong value) => $"{Text(value)} (0x{value:x4})";

    private static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);
}
