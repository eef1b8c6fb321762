using System.Buffers.Binary;

namespace OtGuard.Collectors.Can.Uds;

/// <summary>What the bytes of a request say.</summary>
internal readonly record struct UdsFacts(
    Operation Operation, short Code, int SubCode, Target Target, bool SuppressesResponse, UdsAnomaly Anomalies);

/// <summary>How well a response fits a request.</summary>
internal enum UdsFit : byte
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>The service is the same, and something it has to repeat is not.</summary>
    EchoMismatch,

    /// <summary>The service is the same, and it repeats nothing.</summary>
    Service,

    /// <summary>It repeats what it has to, or is a negative response to the service.</summary>
    Full,
}

/// <summary>Reads the messages of UDS.</summary>
/// <remarks>ISO 14229-1:2020 clauses 8 (message formats) and 10 to 16 (services).</remarks>
internal static class UdsMessage
{
    /// <summary>What a request says. The message has at least one byte.</summary>
    public static UdsFacts Read(ReadOnlySpan<byte> request)
    {
        var code = request[0];
        var service = UdsServices.Find(code);
        if (service is null) return new UdsFacts(Operation.Vendor, code, -1, Target.None, false, UdsAnomaly.None);
        var operation = service.Operation;
        switch (service.Form)
        {
            case UdsForm.SubFunction:
                if (request.Length < 2) return Short(service);
                return new UdsFacts(
                    operation, code, request[1] & 0x7F, Target.None, (request[1] & UdsServices.SuppressBit) != 0,
                    UdsAnomaly.None);
            case UdsForm.Routine:
                if (request.Length < 4) return Short(service);
                var subFunction = request[1] & 0x7F;
                return new UdsFacts(
                    subFunction == 3 ? Operation.Read : operation,
                    code,
                    subFunction,
                    new Target(TargetSpace.Routines, BinaryPrimitives.ReadUInt16BigEndian(request[2..]), 1),
                    (request[1] & UdsServices.SuppressBit) != 0,
                    UdsAnomaly.None);
            case UdsForm.DataIdentifier:
                if (request.Length < 3) return Short(service);
                var identifier = BinaryPrimitives.ReadUInt16BigEndian(request[1..]);
                return new UdsFacts(
                    code == UdsServices.ReadDataByIdentifier && IsIdentification(identifier)
                        ? Operation.Identify
                        : operation,
                    code,
                    identifier,
                    new Target(TargetSpace.DataIdentifiers, identifier, 1),
                    false,
                    UdsAnomaly.None);
            case UdsForm.Echo:
                if (request.Length < 2) return Short(service);
                if (code == UdsServices.TransferData && request.Length == 2) operation = Operation.ReadRecords;
                if (code == UdsServices.RequestFileTransfer && request[1] is 4 or 5) operation = Operation.ReadRecords;
                return new UdsFacts(operation, code, request[1], Target.None, false, UdsAnomaly.None);
            case UdsForm.Data:
                return new UdsFacts(operation, code, -1, Memory(code, request), false, UdsAnomaly.None);
            default:
                return Short(service);
        }
    }

    /// <summary>Whether a data identifier is one of those that say who a server is.</summary>
    /// <remarks>ISO 14229-1:2020 Annex C.1: F180 to F19F, identification of vehicle, server, software and hardware.</remarks>
    public static bool IsIdentification(int identifier) => identifier is >= 0xF180 and <= 0xF19F;

    /// <summary>How well a response fits a request. Both have at least one byte.</summary>
    public static UdsFit Fit(ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        var code = request[0];
        if (response[0] == UdsServices.NegativeResponse)
        {
            if (response.Length < 3 || response[1] != code) return UdsFit.None;
            return response.Length == 3 && UdsRefusals.IsKnown(response[2]) ? UdsFit.Full : UdsFit.Service;
        }

        if (response[0] != (code | UdsServices.ResponseBit)) return UdsFit.None;
        var service = UdsServices.Find(code);

        // KWP 2000 and its like answer with the service alone.
        if (service is null || request.Length < 2 || response.Length < 2) return UdsFit.Service;
        return service.Form switch
        {
            UdsForm.SubFunction => Echoes(response, (byte)(request[1] & 0x7F)),
            UdsForm.Echo => Echoes(response, request[1]),
            UdsForm.Routine => response.Length < 4 || request.Length < 4
                || response[1] != (request[1] & 0x7F) || !response.Slice(2, 2).SequenceEqual(request.Slice(2, 2))
                ? UdsFit.EchoMismatch : UdsFit.Full,
            UdsForm.DataIdentifier => response.Length < 3 || request.Length < 3
                || !response.Slice(1, 2).SequenceEqual(request.Slice(1, 2)) ? UdsFit.EchoMismatch : UdsFit.Full,
            UdsForm.Data => UdsFit.Service,
        };
    }

    /// <summary>
    /// Whether a first byte can be that of a request: of a service of the standard, or of KWP 2000, which UDS grew from,
    /// and manufacturers by the ranges these have.
    /// </summary>
    public static bool LooksLikeRequest(byte first) =>
        first is >= 0x10 and <= 0x3E or >= 0x80 and <= 0x8F or >= 0xA0 and <= 0xBF || UdsServices.Find(first) is not null;

    private static UdsFacts Short(UdsService service) =>
        new(service.Operation, service.Identifier, -1, Target.None, false, UdsAnomaly.RequestTooShort);

    private static UdsFit Echoes(ReadOnlySpan<byte> response, byte value) =>
        response.Length >= 2 && (response[1] & 0x7F) == (value & 0x7F) ? UdsFit.Full : UdsFit.EchoMismatch;

    /// <summary>Address and size by the format byte before them: its halves are the lengths of size and address.</summary>
    private static Target Memory(byte code, ReadOnlySpan<byte> request)
    {
        var at = code switch
        {
            UdsServices.ReadMemoryByAddress or UdsServices.WriteMemoryByAddress => 1,
            0x34 or 0x35 => 2,
            _ => 0,
        };
        if (at == 0 || request.Length <= at) return Target.None;
        var addressBytes = request[at] & 15;
        var sizeBytes = request[at] >> 4;
        if (addressBytes == 0 || request.Length < at + 1 + addressBytes + sizeBytes) return Target.None;
        var size = Number(request.Slice(at + 1 + addressBytes, sizeBytes));
        return new Target(
            TargetSpace.Memory,
            (uint)Number(request.Slice(at + 1, addressBytes)),
            (int)Math.Min(size, int.MaxValue));
    }

    private static ulong Number(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        foreach (var value in bytes) number = number << 8 | value;
        return number;
    }
}
