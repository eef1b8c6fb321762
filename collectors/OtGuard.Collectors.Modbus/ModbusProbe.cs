using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.Modbus;

/// <summary>Judges whether the first bytes of a connection are Modbus.</summary>
/// <remarks>
/// On any port the first message has to be whole and of a known function with just the length it needs, and what
/// follows it has to go on like a message. On the registered port an attack or a broken device is Modbus too: there any
/// function code will do where protocol identifier and length are right, and one of those two may be wrong where the
/// function's own fields fill the bytes exactly.
/// </remarks>
internal static class ModbusProbe
{
    /// <summary>Bytes of an RTU request of the common functions; shorter beginnings are waited for.</summary>
    private const int RtuRequestBytes = 8;

    public static Claim Judge(in Probe probe)
    {
        var claim = Mbap(probe);
        if (claim.Verdict == ClaimVerdict.Yes) return claim;
        var rtu = Rtu(probe);
        if (rtu.Verdict == ClaimVerdict.Yes) return rtu;
        return probe.Transport == Transport.Tcp
            && (claim.Verdict == ClaimVerdict.NeedMoreData || rtu.Verdict == ClaimVerdict.NeedMoreData)
            ? new Claim(ClaimVerdict.NeedMoreData)
            : new Claim(ClaimVerdict.No);
    }

    private static Claim Mbap(in Probe probe)
    {
        var data = probe.Data;
        var request = Framing.Mbap(data, Direction.ToServer);
        var response = Framing.Mbap(data, Direction.ToClient);
        if (data.Length <= ModbusLimits.MbapHeaderBytes)
            return new Claim(request == Fit.No ? ClaimVerdict.No : ClaimVerdict.NeedMoreData);
        var declared = ReadUInt16BigEndian(data[4..]);
        var total = ModbusLimits.MbapPrefixBytes + declared;
        if (request == Fit.Yes || response == Fit.Yes)
        {
            if (data.Length >= total)
            {
                return GoesOn(data[total..])
                    ? new Claim(ClaimVerdict.Yes, (byte)ModbusFraming.Mbap, Sender(request, response))
                    : new Claim(ClaimVerdict.No);
            }

            return new Claim(ClaimVerdict.NeedMoreData);
        }

        if (probe.SourcePort == ModbusProtocol.Port || probe.DestinationPort == ModbusProtocol.Port)
            return OnRegisteredPort(probe, declared);
        return new Claim(
            request == Fit.NeedMore || response == Fit.NeedMore ? ClaimVerdict.NeedMoreData : ClaimVerdict.No);
    }

    private static Claim OnRegisteredPort(in Probe probe, int declared)
    {
        var data = probe.Data;
        var body = data[ModbusLimits.MbapHeaderBytes..];
        var isModbus = ReadUInt16BigEndian(data[2..]) == ModbusLimits.MbapProtocolIdentifier;
        var inRange = declared is >= ModbusLimits.MbapLengthMinimum and <= ModbusLimits.MbapLengthMaximum;
        var direction = probe.DestinationPort == ModbusProtocol.Port ? Direction.ToServer : Direction.ToClient;
        var yes = new Claim(ClaimVerdict.Yes, (byte)ModbusFraming.Mbap);
        var total = ModbusLimits.MbapPrefixBytes + declared;
        if (isModbus && inRange && data.Length >= total && GoesOn(data[total..])) return yes;
        if (!isModbus && inRange && data.Length >= total)
            return Framing.Pdu(body, declared - 1, direction) == Fit.Yes && GoesOn(data[total..]) ? yes : new Claim(ClaimVerdict.No);
        if (!isModbus) return new Claim(ClaimVerdict.No);

        // A length that lies: the fields of a known function fill what was sent.
        if (PduLength.Of(body, direction) == body.Length) return yes;
        return new Claim(inRange && data.Length < total ? ClaimVerdict.NeedMoreData : ClaimVerdict.No);
    }

    /// <summary>Whether what follows a message may begin another one.</summary>
    private static bool GoesOn(ReadOnlySpan<byte> rest) =>
        (rest.Length <= 2 || rest[2] == 0)
        && (rest.Length <= 3 || rest[3] == 0)
        && (rest.Length <= 4 || rest[4] == 0)
        && (rest.Length <= 5 || rest[5] is >= ModbusLimits.MbapLengthMinimum and <= ModbusLimits.MbapLengthMaximum);

    private static bool? Sender(Fit request, Fit response) =>
        request == Fit.Yes && response == Fit.No ? true
        : response == Fit.Yes && request == Fit.No ? false
        : null;

    private static Claim Rtu(in Probe probe)
    {
        var data = probe.Data;
        if (data.Length < ModbusLimits.RtuAduMinimumBytes)
        {
            return new Claim(
                data.Length > 0 && data[0] <= ModbusLimits.UnitMaximum
                && (data.Length < 2 || new FunctionCode(data[1]).Class is FunctionCodeClass.Assigned)
                    ? ClaimVerdict.NeedMoreData
                    : ClaimVerdict.No);
        }

        if (data[0] > ModbusLimits.UnitMaximum) return new Claim(ClaimVerdict.No);
        var request = RtuFit(data, Direction.ToServer);
        var response = RtuFit(data, Direction.ToClient);
        return request == Fit.Yes || response == Fit.Yes
            ? new Claim(ClaimVerdict.Yes, (byte)ModbusFraming.Rtu, Sender(request, response))
            : new Claim(
                (request == Fit.NeedMore || response == Fit.NeedMore) && data.Length < RtuRequestBytes
                    ? ClaimVerdict.NeedMoreData
                    : ClaimVerdict.No);
    }

    /// <summary>
    /// Whether the bytes are whole RTU frames of functions that fix their length: the check sum alone would be right by
    /// chance once in 65536 tries at every length.
    /// </summary>
    private static Fit RtuFit(ReadOnlySpan<byte> data, Direction direction)
    {
        var code = new FunctionCode(data[1]);
        var known = code.Class == FunctionCodeClass.Assigned
            || direction == Direction.ToClient && code.IsException && code.Function.Class == FunctionCodeClass.Assigned;
        if (!known || PduLength.Of(data[1..], direction) == PduLength.Open) return Fit.No;
        var length = Framing.Rtu(data, direction);
        if (length < 0) return Fit.No;
        if (length == 0) return Fit.NeedMore;
        if (length == data.Length) return Fit.Yes;
        return Framing.Rtu(data[length..], direction) >= 0 ? Fit.Yes : Fit.No;
    }
}
