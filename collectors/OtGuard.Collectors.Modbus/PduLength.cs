using System.Buffers.Binary;

namespace OtGuard.Collectors.Modbus;

/// <summary>
/// How long a PDU has to be by its own fields. What framing without a length field (RTU), claiming a connection and
/// finding the next message after a gap rest on.
/// </summary>
internal static class PduLength
{
    /// <summary>More bytes are needed to say.</summary>
    public const int NeedMore = 0;

    /// <summary>The function does not fix its length.</summary>
    public const int Open = -1;

    /// <summary>The length of the PDU that begins <paramref name="pdu"/>, by direction.</summary>
    public static int Of(ReadOnlySpan<byte> pdu, Direction direction) =>
        direction == Direction.ToServer ? OfRequest(pdu) : OfResponse(pdu);

    /// <summary>The length of a request.</summary>
    /// <remarks>Modbus Application Protocol V1.1b3 §6.</remarks>
    public static int OfRequest(ReadOnlySpan<byte> pdu)
    {
        if (pdu.IsEmpty) return NeedMore;
        switch (pdu[0])
        {
            case FunctionCode.ReadCoils:
            case FunctionCode.ReadDiscreteInputs:
            case FunctionCode.ReadHoldingRegisters:
            case FunctionCode.ReadInputRegisters:
            case FunctionCode.WriteSingleCoil:
            case FunctionCode.WriteSingleRegister:
                return 5;
            case FunctionCode.ReadExceptionStatus:
            case FunctionCode.GetCommEventCounter:
            case FunctionCode.GetCommEventLog:
            case FunctionCode.ReportServerId:
                return 1;
            case FunctionCode.Diagnostics:
                return OfDiagnostics(pdu);
            case FunctionCode.WriteMultipleCoils:
            case FunctionCode.WriteMultipleRegisters:
                return pdu.Length < 6 ? NeedMore : 6 + pdu[5];
            case FunctionCode.ReadFileRecord:
            case FunctionCode.WriteFileRecord:
                return pdu.Length < 2 ? NeedMore : 2 + pdu[1];
            case FunctionCode.MaskWriteRegister:
                return 7;
            case FunctionCode.ReadWriteMultipleRegisters:
                return pdu.Length < 10 ? NeedMore : 10 + pdu[9];
            case FunctionCode.ReadFifoQueue:
                return 3;
            case FunctionCode.EncapsulatedInterfaceTransport:
                return pdu.Length < 2 ? NeedMore : pdu[1] == MeiType.ReadDeviceIdentification ? 4 : Open;
            default:
                return Open;
        }
    }

    /// <summary>The length of a response.</summary>
    /// <remarks>Modbus Application Protocol V1.1b3 §6 and §7.</remarks>
    public static int OfResponse(ReadOnlySpan<byte> pdu)
    {
        if (pdu.IsEmpty) return NeedMore;
        switch (pdu[0])
        {
            case FunctionCode.ReadCoils:
            case FunctionCode.ReadDiscreteInputs:
            case FunctionCode.ReadHoldingRegisters:
            case FunctionCode.ReadInputRegisters:
            case FunctionCode.GetCommEventLog:
            case FunctionCode.ReportServerId:
            case FunctionCode.ReadFileRecord:
            case FunctionCode.WriteFileRecord:
            case FunctionCode.ReadWriteMultipleRegisters:
                return pdu.Length < 2 ? NeedMore : 2 + pdu[1];
            case FunctionCode.WriteSingleCoil:
            case FunctionCode.WriteSingleRegister:
            case FunctionCode.WriteMultipleCoils:
            case FunctionCode.WriteMultipleRegisters:
            case FunctionCode.GetCommEventCounter:
                return 5;
            case FunctionCode.ReadExceptionStatus:
                return 2;
            case FunctionCode.Diagnostics:
                return OfDiagnostics(pdu);
            case FunctionCode.MaskWriteRegister:
                return 7;
            case FunctionCode.ReadFifoQueue:
                return pdu.Length < 3 ? NeedMore : 3 + BinaryPrimitives.ReadUInt16BigEndian(pdu[1..]);
            case FunctionCode.EncapsulatedInterfaceTransport:
                return pdu.Length < 2 ? NeedMore
                    : pdu[1] == MeiType.ReadDeviceIdentification ? OfDeviceIdentification(pdu)
                    : Open;
            case >= FunctionCode.ExceptionBit:
                return 2;
            default:
                return Open;
        }
    }

    /// <summary>Sub-function 0 echoes any number of words, every other sub-function has one.</summary>
    private static int OfDiagnostics(ReadOnlySpan<byte> pdu) =>
        pdu.Length < 3 ? NeedMore
        : BinaryPrimitives.ReadUInt16BigEndian(pdu[1..]) == DiagnosticsSubFunction.ReturnQueryData ? Open
        : 5;

    private static int OfDeviceIdentification(ReadOnlySpan<byte> pdu)
    {
        if (pdu.Length < 7) return NeedMore;
        var length = 7;
        for (var objects = pdu[6]; objects > 0; objects--)
        {
            if (pdu.Length < length + 2) return NeedMore;
            length += 2 + pdu[length + 1];
            if (length > ModbusLimits.PduMaximumBytes) return length;
        }

        return length;
    }
}
