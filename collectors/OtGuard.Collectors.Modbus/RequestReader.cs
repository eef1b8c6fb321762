using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.Modbus;

/// <summary>Reads a request PDU: what it does to which objects with which values, and which limits it breaks.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6. Never throws; allocates nothing.</remarks>
internal static class RequestReader
{
    /// <summary>Reads <paramref name="pdu"/>, which holds at least the function code.</summary>
    public static void Read(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        facts.SubCode = -1;
        switch (pdu[0])
        {
            case FunctionCode.ReadCoils:
                Read(pdu, TargetSpace.Coils, ModbusLimits.ReadCoilsQuantityMaximum, ref facts);
                break;
            case FunctionCode.ReadDiscreteInputs:
                Read(pdu, TargetSpace.DiscreteInputs, ModbusLimits.ReadDiscreteInputsQuantityMaximum, ref facts);
                break;
            case FunctionCode.ReadHoldingRegisters:
                Read(pdu, TargetSpace.HoldingRegisters, ModbusLimits.ReadHoldingRegistersQuantityMaximum, ref facts);
                break;
            case FunctionCode.ReadInputRegisters:
                Read(pdu, TargetSpace.InputRegisters, ModbusLimits.ReadInputRegistersQuantityMaximum, ref facts);
                break;
            case FunctionCode.WriteSingleCoil:
                WriteSingle(pdu, TargetSpace.Coils, ref facts);
                break;
            case FunctionCode.WriteSingleRegister:
                WriteSingle(pdu, TargetSpace.HoldingRegisters, ref facts);
                break;
            case FunctionCode.ReadExceptionStatus:
            case FunctionCode.GetCommEventCounter:
            case FunctionCode.GetCommEventLog:
                facts.Operation = Operation.Diagnose;
                CheckEnd(pdu, 1, ref facts);
                break;
            case FunctionCode.Diagnostics:
                Diagnostics(pdu, ref facts);
                break;
            case FunctionCode.WriteMultipleCoils:
                WriteMultiple(pdu, TargetSpace.Coils, ModbusLimits.WriteMultipleCoilsQuantityMaximum, ref facts);
                break;
            case FunctionCode.WriteMultipleRegisters:
                WriteMultiple(
                    pdu, TargetSpace.HoldingRegisters, ModbusLimits.WriteMultipleRegistersQuantityMaximum, ref facts);
                break;
            case FunctionCode.ReportServerId:
                facts.Operation = Operation.Identify;
                CheckEnd(pdu, 1, ref facts);
                break;
            case FunctionCode.ReadFileRecord:
                facts.Operation = Operation.ReadRecords;
                ReadFile(pdu, ref facts);
                break;
            case FunctionCode.WriteFileRecord:
                facts.Operation = Operation.WriteRecords;
                WriteFile(pdu, ref facts);
                break;
            case FunctionCode.MaskWriteRegister:
                MaskWrite(pdu, ref facts);
                break;
            case FunctionCode.ReadWriteMultipleRegisters:
                ReadWrite(pdu, ref facts);
                break;
            case FunctionCode.ReadFifoQueue:
                facts.Operation = Operation.Read;
                if (!Has(pdu, 3, ref facts)) break;
                facts.Target = new Target(TargetSpace.FifoQueue, ReadUInt16BigEndian(pdu[1..]), 0);
                CheckEnd(pdu, 3, ref facts);
                break;
            case FunctionCode.EncapsulatedInterfaceTransport:
                Encapsulated(pdu, ref facts);
                break;
            default:
                Other(new FunctionCode(pdu[0]), ref facts);
                break;
        }
    }

    /// <summary>Operation and anomaly of a function the standard does not describe.</summary>
    public static void Other(FunctionCode code, ref PduFacts facts)
    {
        switch (code.Class)
        {
            case FunctionCodeClass.Zero:
                facts.Anomalies |= ModbusAnomaly.FunctionCodeZero;
                break;
            case FunctionCodeClass.Assigned:
                break;
            case FunctionCodeClass.Unassigned:
                facts.Anomalies |= ModbusAnomaly.FunctionCodeUnassigned;
                break;
            case FunctionCodeClass.UserDefined:
                facts.Operation = Operation.Vendor;
                facts.Anomalies |= ModbusAnomaly.FunctionCodeUserDefined;
                break;
            case FunctionCodeClass.Reserved:
                facts.Anomalies |= ModbusAnomaly.FunctionCodeReserved;
                break;
            case FunctionCodeClass.Vendor:
                facts.Operation = Operation.Vendor;
                facts.Anomalies |= ModbusAnomaly.FunctionCodeVendor;
                break;
            case FunctionCodeClass.Exception:
                facts.Anomalies |= ModbusAnomaly.ExceptionInRequest;
                break;
        }
    }

    /// <summary>The operation of a diagnostics sub-function, its anomalies included.</summary>
    public static void DiagnosticsOperation(int subFunction, ref PduFacts facts)
    {
        facts.SubCode = subFunction;
        facts.Operation = DiagnosticsSubFunction.IsControl(subFunction) ? Operation.Control : Operation.Diagnose;
        if (!DiagnosticsSubFunction.IsReserved(subFunction)) return;
        facts.Operation = Operation.Unknown;
        facts.Anomalies |= ModbusAnomaly.SubFunctionReserved;
    }

    /// <summary>The operation of a type of encapsulated interface, its anomalies included.</summary>
    public static void MeiOperation(byte type, ref PduFacts facts)
    {
        facts.SubCode = type;
        switch (type)
        {
            case MeiType.ReadDeviceIdentification:
                facts.Operation = Operation.Identify;
                break;
            case MeiType.CanopenGeneralReference:
                facts.Operation = Operation.Vendor;
                break;
            default:
                facts.Anomalies |= ModbusAnomaly.MeiTypeReserved;
                break;
        }
    }

    private static void Read(ReadOnlySpan<byte> pdu, TargetSpace space, int maximum, ref PduFacts facts)
    {
        facts.Operation = Operation.Read;
        if (!Has(pdu, 5, ref facts)) return;
        SetTarget(pdu, space, maximum, ref facts.Target, ref facts);
        CheckEnd(pdu, 5, ref facts);
    }

    private static void WriteSingle(ReadOnlySpan<byte> pdu, TargetSpace space, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (!Has(pdu, 5, ref facts)) return;
        facts.Target = new Target(space, ReadUInt16BigEndian(pdu[1..]), 1);
        SetSingleValue(pdu, space, ref facts);
        CheckEnd(pdu, 5, ref facts);
    }

    /// <summary>The value of a single write, in request and response alike; the lowest bit of a coil's first byte is its value.</summary>
    public static void SetSingleValue(ReadOnlySpan<byte> pdu, TargetSpace space, ref PduFacts facts)
    {
        if (space == TargetSpace.Coils)
        {
            facts.SetValues(3, 1, 1, ValueEncoding.Bits);
            if (ReadUInt16BigEndian(pdu[3..]) is not (ModbusLimits.WriteSingleCoilOn or ModbusLimits.WriteSingleCoilOff))
                facts.Anomalies |= ModbusAnomaly.CoilValueInvalid;
        }
        else
        {
            facts.SetValues(3, 2, 1, ValueEncoding.UInt16BigEndian);
        }
    }

    private static void Diagnostics(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        facts.Operation = Operation.Diagnose;
        if (!Has(pdu, 3, ref facts)) return;
        var subFunction = ReadUInt16BigEndian(pdu[1..]);
        DiagnosticsOperation(subFunction, ref facts);
        if (subFunction == DiagnosticsSubFunction.ReturnQueryData)
        {
            if ((pdu.Length & 1) == 0) facts.Anomalies |= ModbusAnomaly.DiagnosticsDataInvalid;
            return;
        }

        if (DiagnosticsSubFunction.IsReserved(subFunction)) return;
        if (!Has(pdu, 5, ref facts)) return;
        var data = ReadUInt16BigEndian(pdu[3..]);
        var allowed = subFunction switch
        {
            DiagnosticsSubFunction.RestartCommunications => data is 0 or ModbusLimits.RestartCommunicationsClearLog,
            DiagnosticsSubFunction.ChangeAsciiInputDelimiter => (data & 0xFF) == 0,
            _ => data == 0,
        };
        if (!allowed) facts.Anomalies |= ModbusAnomaly.DiagnosticsDataInvalid;
        CheckEnd(pdu, 5, ref facts);
    }

    private static void WriteMultiple(ReadOnlySpan<byte> pdu, TargetSpace space, int maximum, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (pdu.Length >= 5) SetTarget(pdu, space, maximum, ref facts.Target, ref facts);
        if (!Has(pdu, 6, ref facts)) return;
        SetWrittenValues(pdu, 6, space, facts.Target.Count, pdu[5], ref facts);
    }

    private static void ReadWrite(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        facts.Operation = Operation.ReadWrite;
        if (pdu.Length >= 5)
        {
            SetTarget(
                pdu,
                TargetSpace.HoldingRegisters,
                ModbusLimits.ReadWriteReadQuantityMaximum,
                ref facts.Target,
                ref facts);
        }

        if (!Has(pdu, 10, ref facts)) return;
        SetTarget(
            pdu[4..],
            TargetSpace.HoldingRegisters,
            ModbusLimits.ReadWriteWriteQuantityMaximum,
            ref facts.WriteTarget,
            ref facts);
        SetWrittenValues(pdu, 10, TargetSpace.HoldingRegisters, facts.WriteTarget.Count, pdu[9], ref facts);
    }

    private static void MaskWrite(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        facts.Operation = Operation.Write;
        if (!Has(pdu, 7, ref facts)) return;
        facts.Target = new Target(TargetSpace.HoldingRegisters, ReadUInt16BigEndian(pdu[1..]), 1);
        CheckEnd(pdu, 7, ref facts);
    }

    private static void ReadFile(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        if (!Has(pdu, 2, ref facts)) return;
        var bytes = pdu[1];
        if (bytes is < ModbusLimits.ReadFileRecordRequestBytesMinimum
            or > ModbusLimits.ReadFileRecordRequestBytesMaximum) facts.Anomalies |= ModbusAnomaly.QuantityInvalid;
        if (bytes % ModbusLimits.FileSubRequestBytes != 0) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        if (!Has(pdu, 2 + bytes, ref facts)) return;
        for (var at = 2; at + ModbusLimits.FileSubRequestBytes <= 2 + bytes; at += ModbusLimits.FileSubRequestBytes)
            FileReference(pdu[at..], at == 2, ref facts);
        CheckEnd(pdu, 2 + bytes, ref facts);
    }

    private static void WriteFile(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        if (!Has(pdu, 2, ref facts)) return;
        var bytes = pdu[1];
        if (bytes is < ModbusLimits.WriteFileRecordBytesMinimum or > ModbusLimits.WriteFileRecordBytesMaximum)
            facts.Anomalies |= ModbusAnomaly.QuantityInvalid;
        if (!Has(pdu, 2 + bytes, ref facts)) return;
        var end = 2 + bytes;
        var groups = 0;
        var at = 2;
        while (at + ModbusLimits.FileSubRequestBytes <= end)
        {
            FileReference(pdu[at..], groups++ == 0, ref facts);
            var length = ReadUInt16BigEndian(pdu[(at + 5)..]) * 2;
            at += ModbusLimits.FileSubRequestBytes;
            if (at + length > end) break;
            if (groups == 1) facts.SetValues(at, length, length / 2, ValueEncoding.UInt16BigEndian);
            at += length;
        }

        if (at != end) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
        CheckEnd(pdu, end, ref facts);
    }

    /// <summary>One file reference; the first one of a request is its target.</summary>
    private static void FileReference(ReadOnlySpan<byte> group, bool first, ref PduFacts facts)
    {
        var file = ReadUInt16BigEndian(group[1..]);
        var record = ReadUInt16BigEndian(group[3..]);
        var length = ReadUInt16BigEndian(group[5..]);
        if (first) facts.Target = new Target(TargetSpace.FileRecords, (uint)file << 16 | record, length);
        if (group[0] != ModbusLimits.FileReferenceType
            || file < ModbusLimits.FileNumberMinimum
            || record > ModbusLimits.FileRecordNumberMaximum) facts.Anomalies |= ModbusAnomaly.FileReferenceInvalid;
        if (record + length > ModbusLimits.FileRecordNumberMaximum + 1) facts.Anomalies |= ModbusAnomaly.AddressOverflow;
        if (length == 0) facts.Anomalies |= ModbusAnomaly.QuantityInvalid;
    }

    private static void Encapsulated(ReadOnlySpan<byte> pdu, ref PduFacts facts)
    {
        if (!Has(pdu, 2, ref facts)) return;
        MeiOperation(pdu[1], ref facts);
        if (pdu[1] != MeiType.ReadDeviceIdentification) return;
        if (!Has(pdu, 4, ref facts)) return;
        facts.Target = new Target(TargetSpace.DeviceObjects, pdu[3], 0);
        if (pdu[2] is < ModbusLimits.ReadDeviceIdCodeMinimum or > ModbusLimits.ReadDeviceIdCodeMaximum)
            facts.Anomalies |= ModbusAnomaly.DeviceIdInvalid;
        CheckEnd(pdu, 4, ref facts);
    }

    /// <summary>Reads address and quantity at offsets 1 and 3 and holds them against their limits.</summary>
    private static void SetTarget(
        ReadOnlySpan<byte> pdu, TargetSpace space, int maximum, ref Target target, ref PduFacts facts)
    {
        var range = ReadUInt32BigEndian(pdu[1..]);
        var address = range >> 16;
        var quantity = (int)(range & 0xFFFF);
        target = new Target(space, address, quantity);
        if ((uint)(quantity - 1) >= (uint)maximum) facts.Anomalies |= ModbusAnomaly.QuantityInvalid;
        if (address + quantity > ModbusLimits.TableSize) facts.Anomalies |= ModbusAnomaly.AddressOverflow;
    }

    /// <summary>
    /// The values behind a byte count. As many as the quantity says and the bytes hold; where the two disagree, what
    /// is there is shown and flagged.
    /// </summary>
    private static void SetWrittenValues(
        ReadOnlySpan<byte> pdu, int offset, TargetSpace space, int quantity, int byteCount, ref PduFacts facts)
    {
        var present = Math.Min(byteCount, pdu.Length - offset);
        if (space == TargetSpace.Coils)
        {
            if (byteCount != (quantity + 7) / 8) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
            facts.SetValues(offset, present, Math.Min(quantity, present * 8), ValueEncoding.Bits);
        }
        else
        {
            if (byteCount != quantity * 2) facts.Anomalies |= ModbusAnomaly.ByteCountInvalid;
            facts.SetValues(offset, present, Math.Min(quantity, present / 2), ValueEncoding.UInt16BigEndian);
        }

        if (present < byteCount)
        {
            facts.Anomalies |= ModbusAnomaly.PduTooShort;
            facts.Undecodable = true;
        }

        CheckEnd(pdu, offset + byteCount, ref facts);
    }

    private static bool Has(ReadOnlySpan<byte> pdu, int length, ref PduFacts facts)
    {
        if (pdu.Length >= length) return true;
        facts.Anomalies |= ModbusAnomaly.PduTooShort;
        facts.Undecodable = true;
        return false;
    }

    private static void CheckEnd(ReadOnlySpan<byte> pdu, int end, ref PduFacts facts)
    {
        if (pdu.Length > end) facts.Anomalies |= ModbusAnomaly.TrailingBytes;
    }
}
