namespace OtGuard.Collectors.Modbus;

/// <summary>Whether bytes are a message: what claiming a connection and finding the next message rest on.</summary>
internal enum Fit : byte
{
    No,
    NeedMore,
    Yes,
}

/// <summary>Recognises Modbus messages by their structure.</summary>
internal static class Framing
{
    /// <summary>
    /// Whether a message of a known function begins here: protocol identifier 0, a length in its range, and a function
    /// whose own fields need just that length.
    /// </summary>
    /// <remarks>Looks at 263 bytes at most and asks for no more than the fields that fix the length.</remarks>
    public static Fit Mbap(ReadOnlySpan<byte> data, Direction direction)
    {
        if (data.Length > 2 && data[2] != 0 || data.Length > 3 && data[3] != 0 || data.Length > 4 && data[4] != 0)
            return Fit.No;
        if (data.Length > 5 && data[5] is < ModbusLimits.MbapLengthMinimum or > ModbusLimits.MbapLengthMaximum)
            return Fit.No;
        return data.Length <= ModbusLimits.MbapHeaderBytes
            ? Fit.NeedMore
            : Pdu(data[ModbusLimits.MbapHeaderBytes..], data[5] - 1, direction);
    }

    /// <summary>Whether a PDU of a known function and of just this length begins here.</summary>
    public static Fit Pdu(ReadOnlySpan<byte> pdu, int length, Direction direction)
    {
        var code = new FunctionCode(pdu[0]);
        if (pdu.Length > length) pdu = pdu[..length];
        switch (code.Class)
        {
            case FunctionCodeClass.Assigned:
                break;
            case FunctionCodeClass.Vendor:
                return Fit.Yes;
            case FunctionCodeClass.Exception:
                if (direction == Direction.ToServer || length != 2) return Fit.No;
                return pdu.Length < 2 ? Fit.NeedMore : ModbusLimits.IsExceptionCode(pdu[1]) ? Fit.Yes : Fit.No;
            case FunctionCodeClass.Zero:
            case FunctionCodeClass.Unassigned:
            case FunctionCodeClass.UserDefined:
            case FunctionCodeClass.Reserved:
                return Fit.No;
        }

        var own = PduLength.Of(pdu, direction);
        if (own == PduLength.NeedMore) return pdu.Length < length ? Fit.NeedMore : Fit.No;
        if (own == PduLength.Open) return IsOpenPlausible(pdu, length) ? Fit.Yes : Fit.No;
        if (own != length) return Fit.No;
        return direction == Direction.ToClient
            && code.Value is FunctionCode.ReadHoldingRegisters or FunctionCode.ReadInputRegisters
                or FunctionCode.ReadWriteMultipleRegisters
            && (pdu[1] & 1) != 0
            ? Fit.No
            : Fit.Yes;
    }

    /// <summary>Diagnostics echo any number of words; the encapsulated interface has two types.</summary>
    private static bool IsOpenPlausible(ReadOnlySpan<byte> pdu, int length) =>
        pdu[0] == FunctionCode.Diagnostics
            ? (length & 1) == 1 && length >= 5
            : pdu[0] == FunctionCode.EncapsulatedInterfaceTransport && pdu[1] == MeiType.CanopenGeneralReference;

    /// <summary>
    /// The length of the RTU frame that begins here, check sum included and right: 0 where more bytes are needed, -1
    /// where there is none.
    /// </summary>
    /// <remarks>
    /// A function that fixes its length is held to it. For the others the check sum alone tells the end: the first
    /// length at which it is right. Out of step (<paramref name="searching"/>) only the former are looked for.
    /// </remarks>
    public static int Rtu(ReadOnlySpan<byte> data, Direction direction, bool searching = false)
    {
        if (data.Length < ModbusLimits.RtuAduMinimumBytes) return 0;
        var own = PduLength.Of(data[1..], direction);
        if (own == PduLength.NeedMore) return data.Length < ModbusLimits.RtuAduMaximumBytes ? 0 : -1;
        if (own != PduLength.Open)
        {
            var length = 1 + own + ModbusLimits.RtuCrcBytes;
            if (length > ModbusLimits.RtuAduMaximumBytes) return -1;
            if (data.Length < length) return 0;
            return Crc16.Of(data[..length]) == Crc16.Residue ? length : -1;
        }

        if (searching) return -1;
        var crc = Crc16.Start;
        var end = Math.Min(data.Length, ModbusLimits.RtuAduMaximumBytes);
        for (var at = 0; at < end; at++)
        {
            crc = Crc16.Append(crc, data[at]);
            if (crc == Crc16.Residue && at + 1 >= ModbusLimits.RtuAduMinimumBytes) return at + 1;
        }

        return end < ModbusLimits.RtuAduMaximumBytes ? 0 : -1;
    }
}
