using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>What a request header says (OPC UA Part 4 v1.05 §7.33).</summary>
internal readonly ref struct RequestHeader
{
    public RequestHeader(ref UaReader reader)
    {
        var token = reader.NodeId();
        Session = token.IsNull ? 0 : token.Hash(reader.Data) | (ulong)token.Namespace << 32 | 1UL << 63;
        Timestamp = reader.Int64();
        Handle = reader.UInt32();
        reader.UInt32();
        reader.String();
        TimeoutHintMilliseconds = reader.UInt32();
        reader.ExtensionObject(out _, out _);
    }

    /// <summary>A number for the authentication token, 0 for none.</summary>
    public ulong Session { get; }

    /// <summary>100 ns since 1601.</summary>
    public long Timestamp { get; }

    public uint Handle { get; }

    public uint TimeoutHintMilliseconds { get; }
}

/// <summary>What a response header says (§7.34).</summary>
internal readonly ref struct ResponseHeader
{
    public ResponseHeader(ref UaReader reader)
    {
        Timestamp = reader.Int64();
        Handle = reader.UInt32();
        ServiceResult = reader.UInt32();
        reader.DiagnosticInfo();
        var strings = reader.ArrayLength();
        for (var index = 0; index < strings && !reader.Failed; index++) reader.String();
        reader.ExtensionObject(out _, out _);
    }

    public long Timestamp { get; }

    public uint Handle { get; }

    public uint ServiceResult { get; }
}

/// <summary>Reads over whole messages.</summary>
internal static class MessageReader
{
    /// <summary>Whether the bytes begin with the type id of a service.</summary>
    public static bool BeginsService(ReadOnlySpan<byte> body)
    {
        // Type ids of services take a four-byte NodeId in namespace 0; longer forms are allowed.
        if (body.Length >= 4 && body[0] == 1 && body[1] == 0) return ServiceTable.IsKnown((uint)(body[2] | body[3] << 8));
        if (body.Length < 7 || body[0] != 2) return false;
        var reader = new UaReader(body);
        return ServiceTable.IsKnown(reader.NodeId().StandardNumber);
    }

    /// <summary>Whether the bytes are exactly one message of a known service.</summary>
    public static bool FitsExactly(ReadOnlySpan<byte> body) => Rest(body) == 0;

    /// <summary>Bytes behind the message of a known service that begins here; -1 where it is none.</summary>
    public static int Rest(ReadOnlySpan<byte> body)
    {
        var reader = new UaReader(body);
        var typeId = reader.NodeId().StandardNumber;
        var service = ServiceTable.Find(typeId, out var isResponse);
        if (service is null && typeId != ServiceTable.ServiceFault) return -1;
        if (isResponse || service is null) _ = new ResponseHeader(ref reader);
        else _ = new RequestHeader(ref reader);
        if (service is not null) ReadFields(ref reader, isResponse ? service.Response : service.Request);
        return reader.Failed ? -1 : reader.Remaining;
    }

    private static void ReadFields(ref UaReader reader, MessageShape shape)
    {
        FieldReader.Read(ref reader, shape.Before);
        if (shape.Item is not null)
        {
            var count = reader.ArrayLength();
            for (var index = 0; index < count && !reader.Failed; index++) FieldReader.Read(ref reader, shape.Item);
        }

        FieldReader.Read(ref reader, shape.After);
    }
}
