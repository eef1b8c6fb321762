using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.Modbus;

/// <summary>
/// Reads a response PDU, beside its request where that is known: which values came back, which limits it breaks and
/// where it does not fit what was asked.
/// </summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6 and §7. Never throws; allocates nothing.</remarks>
internal static class ResponseReader
{
    /// <summary>
    /// Reads <paramref name="pdu"/>, which holds at least the function code. <paramref name="request"/> is empty and
    /// <paramref name="asked"/> unset where no request is known; then <paramref name="facts"/> gets operation and
    /// target as far as the response shows them.
    /// </summary>
    public static void Read(
        ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, in PduFacts asked, ref PduFacts facts)
    {
        facts.SubCode = -1;
        var code = pdu[0];
        switch (code)
        {
            case FunctionCode.ReadCoils:
                Bits(pdu, !request.IsEmpty, asked.Target.Count, ref facts);
                break;
            case FunctionCode.ReadDiscreteInputs:
                Bits(pdu, !request.IsEmpty, asked.Target.Count, ref facts);
                break;
            case FunctionCode.ReadHoldingRegisters:
            case FunctionCode.ReadInputRegisters:
                facts.Operation = Operation.Read;
                Registers(pdu, !request.IsEmpty, asked.Target.Count, ref facts);
                break;
            case FunctionCode.WriteSingleCoil:
                SingleWritten(pdu, request, TargetSpace.Coils, ref facts);
                break;
            case FunctionCode.WriteSingleRegister:
                SingleWritten(pdu, request, TargetSpace.HoldingRegisters, ref facts);
                break;
            case FunctionCode.ReadExceptionStatus:
                facts.Operation = Operation.Diagnose;
                Fixed(pdu, 2, ref facts);
                break;
            case FunctionCode.Diagnostics:
                Diagnostics(pdu, request, ref facts);
                break;
            case FunctionCode.GetCommEventCounter:
                facts.Operation = Operation.Diagnose;
                Fixed(pdu, 5, ref facts);
                break;
            case FunctionCode.GetCommEventLog:
                facts.Operation = Operation.Diagnose;
                if (Counted(pdu, ref facts) && pdu[1] is < ModbusLimits.CommEventLogFixedBytes
                    or > ModbusLimits.CommEventLogFixedBytes + ModbusLimits.CommEventLogEventsMaximum)
                    facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
                break;
            case FunctionCode.WriteMultipleCoils:
                MultipleWritten(pdu, request, TargetSpace.Coils, ref facts);
                break;
            case FunctionCode.WriteMultipleRegisters:
                MultipleWritten(pdu, request, TargetSpace.HoldingRegisters, ref facts);
                break;
            case FunctionCode.ReportServerId:
                facts.Operation = Operation.Identify;
                Counted(pdu, ref facts);
                break;
            case FunctionCode.ReadFileRecord:
                facts.Operation = Operation.ReadRecords;
                FileRead(pdu, request, ref facts);
                break;
            case FunctionCode.WriteFileRecord:
                facts.Operation = Operation.WriteRecords;
                FileWritten(pdu, request, ref facts);
                break;
            case FunctionCode.MaskWriteRegister:
                MaskWritten(pdu, request, ref facts);
                break;
            case FunctionCode.ReadWriteMultipleRegisters:
                facts.Operation = Operation.ReadWrite;
                Registers(pdu, !request.IsEmpty, asked.Target.Count, ref facts);
                break;
            case FunctionCode.ReadFifoQueue:
                facts.Operation = Operation.Read;
                Fifo(pdu, ref facts);
                break;
            case FunctionCode.EncapsulatedInterfaceTransport:
                Encapsulated(pdu, request, ref facts);
                break;
            case >= FunctionCode.ExceptionBit:
                Exception(pdu, ref facts);
                break;
            default:
                RequestReader.Other(new FunctionCode(code), ref facts);
                break;
        }
    }

    private static void Exception(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        // Operation and class of the function that was refused; the request's own anomalies say the same of it.
        PduFacts refused = default;
        ReadOnlySpan<byte> function = [(byte)(pdu[0] & ~FunctionCode.ExceptionBit)];
        RequestReader.Read(function, ref refused);
        facts.Operation = refused.Operation;
        facts.Anomalies |= refused.Anomalies & ~(ModbusAnomaly.PduTooShort | ModbusAnomaly.TrailingBytes);
        if (!Fixed(pdu, 2, ref facts)) return;
        if (!ModbusLimits.IsExceptionCode(pdu[1])) facts.Anomalies |= ModbusAnomaly.ExceptionCodeInvalid;
    }

    private static void Bits(ReadOnlySpan<byte> pdu, bool known, int quantity, ref PduFacts facts)
    {
        facts.Operation = Operation.Read;
        if (!Counted(pdu, ref facts)) return;
        var bytes = Math.Min(pdu[1], pdu.Length - 2);
        var count = bytes * 8;
        if (known)
        {
            if (pdu[1] != (quantity + 7) / 8) facts.Anomalies |= ModbusAnomaly.ResponseLengthMismatch;
            count = Math.Min(count, quantity);
        }

        facts.SetValues(2, bytes, count, ValueEncoding.Bits);
    }

    private static void Registers(ReadOnlySpan<byte> pdu, bool known, int quantity, ref PduFacts facts)
    {
        if (!Counted(pdu, ref facts)) return;
        var bytes = Math.Min(pdu[1], pdu.Length - 2);
        if ((pdu[1] & 1) != 0) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        if (known && pdu[1] != quantity * 2) facts.Anomalies |= ModbusAnomaly.ResponseLengthMismatch;
        facts.SetValues(2, bytes & ~1, bytes / 2, ValueEncoding.UInt16BigEndian);
    }

    private static void SingleWritten(
        ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, TargetSpace space, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (!Fixed(pdu, 5, ref facts)) return;
        facts.Target = new Target(space, ReadUInt16BigEndian(pdu[1..]), 1);
        RequestReader.SetSingleValue(pdu, space, ref facts);
        CheckEcho(pdu, request, 5, ref facts);
    }

    private static void MultipleWritten(
        ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, TargetSpace space, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (!Fixed(pdu, 5, ref facts)) return;
        facts.Target = new Target(space, ReadUInt16BigEndian(pdu[1..]), ReadUInt16BigEndian(pdu[3..]));
        CheckEcho(pdu, request, 5, ref facts);
    }

    private static void MaskWritten(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (!Fixed(pdu, 7, ref facts)) return;
        facts.Target = new Target(TargetSpace.HoldingRegisters, ReadUInt16BigEndian(pdu[1..]), 1);
        CheckEcho(pdu, request, 7, ref facts);
    }

    private static void Diagnostics(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, ref PduFacts facts)
    {
        facts.Operation = Operation.Diagnose;
        if (pdu.Length < 3)
        {
            TooShort(ref facts);
            return;
        }

        var subFunction = ReadUInt16BigEndian(pdu[1..]);
        RequestReader.DiagnosticsOperation(subFunction, ref facts);
        if (subFunction == DiagnosticsSubFunction.ReturnQueryData)
        {
            // The whole message comes back (§6.8.1), whatever its length.
            if (!request.IsEmpty && !request.SequenceEqual(pdu)) facts.Anomalies |= ModbusAnomaly.EchoMismatch;
            return;
        }

        CheckEcho(pdu, request, 3, ref facts);
        if (!DiagnosticsSubFunction.IsReserved(subFunction)) Fixed(pdu, 5, ref facts);
    }

    private static void FileRead(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, ref PduFacts facts)
    {
        if (!Counted(pdu, ref facts)) return;
        if (pdu[1] is < ModbusLimits.ReadFileRecordResponseBytesMinimum
            or > ModbusLimits.ReadFileRecordResponseBytesMaximum && !IsEmptyFileRequest(request))
            facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        var end = Math.Min(2 + pdu[1], pdu.Length);
        var at = 2;
        var groups = 0;
        while (at + 2 <= end)
        {
            var length = pdu[at];
            if (length < 1 || at + 1 + length > end) break;
            if (pdu[at + 1] != ModbusLimits.FileReferenceType) facts.Anomalies |= ModbusAnomaly.FileReferenceInvalid;
            if (++groups == 1) facts.SetValues(at + 2, length - 1, (length - 1) / 2, ValueEncoding.UInt16BigEndian);
            at += 1 + length;
        }

        if (at != end) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        if (request.Length >= 2 && groups != request[1] / ModbusLimits.FileSubRequestBytes)
            facts.Anomalies |= ModbusAnomaly.ResponseLengthMismatch;
    }

    private static bool IsEmptyFileRequest(ReadOnlySpan<byte> request) => request.Length >= 2 && request[1] == 0;

    private static void FileWritten(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, ref PduFacts facts)
    {
        if (!Counted(pdu, ref facts)) return;
        if (request.IsEmpty)
        {
            if (pdu.Length >= 2 + ModbusLimits.FileSubRequestBytes)
            {
                facts.Target = new Target(
                    TargetSpace.FileRecords,
                    (uint)ReadUInt16BigEndian(pdu[3..]) << 16 | ReadUInt16BigEndian(pdu[5..]),
                    ReadUInt16BigEndian(pdu[7..]));
            }
        }
        else if (!request.SequenceEqual(pdu))
        {
            facts.Anomalies |= ModbusAnomaly.EchoMismatch;
        }
    }

    private static void Fifo(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        if (pdu.Length < 5)
        {
            TooShort(ref facts);
            return;
        }

        var bytes = ReadUInt16BigEndian(pdu[1..]);
        var count = ReadUInt16BigEndian(pdu[3..]);
        if (count > ModbusLimits.FifoCountMaximum) facts.Anomalies |= ModbusAnomaly.FifoCountInvalid;
        if (bytes != 2 + count * 2) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        var present = Math.Min(count, (pdu.Length - 5) / 2);
        if (present < count)
        {
            TooShort(ref facts);
        }

        facts.SetValues(5, present * 2, present, ValueEncoding.UInt16BigEndian);
        if (pdu.Length > 5 + count * 2) facts.Anomalies |= ModbusAnomaly.TrailingBytes;
    }

    private static void Encapsulated(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, ref PduFacts facts)
    {
        if (pdu.Length < 2)
        {
            TooShort(ref facts);
            return;
        }

        RequestReader.MeiOperation(pdu[1], ref facts);
        if (request.Length >= 2 && request[1] != pdu[1]) facts.Anomalies |= ModbusAnomaly.EchoMismatch;
        if (pdu[1] != MeiType.ReadDeviceIdentification) return;
        if (pdu.Length < 7)
        {
            TooShort(ref facts);
            return;
        }

        if (request.Length >= 3 && request[2] != pdu[2]) facts.Anomalies |= ModbusAnomaly.EchoMismatch;
        facts.Target = new Target(TargetSpace.DeviceObjects, 0, pdu[6]);
        if (pdu[2] is < ModbusLimits.ReadDeviceIdCodeMinimum or > ModbusLimits.ReadDeviceIdCodeMaximum
            || !ModbusLimits.IsConformityLevel(pdu[3])
            || pdu[4] is not (0 or ModbusLimits.MoreFollows)) facts.Anomalies |= ModbusAnomaly.DeviceIdInvalid;
        var at = 7;
        for (var left = pdu[6]; left > 0; left--)
        {
            if (pdu.Length < at + 2 || pdu.Length < at + 2 + pdu[at + 1])
            {
                TooShort(ref facts);
                return;
            }

            at += 2 + pdu[at + 1];
        }

        if (pdu.Length > at) facts.Anomalies |= ModbusAnomaly.TrailingBytes;
    }

    /// <summary>A response that begins with a byte count: true where it has one.</summary>
    private static bool Counted(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        if (pdu.Length < 2)
        {
            TooShort(ref facts);
            return false;
        }

        var end = 2 + pdu[1];
        if (pdu.Length < end) TooShort(ref facts);
        else if (pdu.Length > end) facts.Anomalies |= ModbusAnomaly.TrailingBytes;
        return true;
    }

    private static bool Fixed(ReadOnlySpan<byte> pdu, int length, ref PduFacts facts)
    {
        if (pdu.Length < length)
        {
            TooShort(ref facts);
            return false;
        }

        if (pdu.Length > length) facts.Anomalies |= ModbusAnomaly.TrailingBytes;
        return true;
    }

    private static void CheckEcho(ReadOnlySpan<byte> pdu, ReadOnlySpan<byte> request, int length, ref PduFacts facts)
    {
        if (request.IsEmpty) return;
        if (request.Length < length || !request[..length].SequenceEqual(pdu[..length]))
            facts.Anomalies |= ModbusAnomaly.EchoMismatch;
    }

    private static void TooShort(ref PduFacts facts)
    {
        facts.Anomalies |= ModbusAnomaly.PduTooShort;
        facts.Undecodable = true;
    }
}
