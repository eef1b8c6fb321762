using System.Buffers.Binary;
using System.Text;

namespace OtGuard.TestKit;

/// <summary>Writes the binary encoding, from the standard and not from the decoder.</summary>
internal sealed class UaWriter
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public UaWriter Byte(byte value)
    {
        _bytes.Add(value);
        return this;
    }

    public UaWriter Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public UaWriter UInt16(int value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return Raw(bytes);
    }

    public UaWriter Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public UaWriter UInt32(uint value) => Int32((int)value);

    public UaWriter Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(bytes);
    }

    public UaWriter Double(double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        return Raw(bytes);
    }

    public UaWriter String(string? value)
    {
        if (value is null) return Int32(-1);
        var text = Encoding.UTF8.GetBytes(value);
        return Int32(text.Length).Raw(text);
    }

    public UaWriter ByteString(byte[]? value) => value is null ? Int32(-1) : Int32(value.Length).Raw(value);

    /// <summary>A NodeId by its usual notation; numbers in their shortest form.</summary>
    public UaWriter NodeId(string text)
    {
        ushort space = 0;
        if (text.StartsWith("ns=", StringComparison.Ordinal))
        {
            var end = text.IndexOf(';', StringComparison.Ordinal);
            space = ushort.Parse(text[3..end], System.Globalization.CultureInfo.InvariantCulture);
            text = text[(end + 1)..];
        }

        var identifier = text[2..];
        switch (text[0])
        {
            case 'i':
                var number = uint.Parse(identifier, System.Globalization.CultureInfo.InvariantCulture);
                if (space == 0 && number < 256) return Byte(0).Byte((byte)number);
                if (space < 256 && number < 65536) return Byte(1).Byte((byte)space).UInt16((int)number);
                return Byte(2).UInt16(space).UInt32(number);
            case 's':
                return Byte(3).UInt16(space).String(identifier);
            case 'g':
                return Byte(4).UInt16(space).Raw(Guid.Parse(identifier).ToByteArray());
            default:
                return Byte(5).UInt16(space).ByteString(Convert.FromBase64String(identifier));
        }
    }

    public UaWriter QualifiedName(string? name) => UInt16(0).String(name);

    public UaWriter LocalizedText(string text) => Byte(2).String(text);

    public UaWriter ExtensionObject(string type, byte[]? body) =>
        body is null ? NodeId(type).Byte(0) : NodeId(type).Byte(1).ByteString(body);

    public UaWriter Variant(int value) => Byte(6).Int32(value);

    public UaWriter Variant(double value) => Byte(11).Double(value);

    public UaWriter DataValue(int value, uint status = 0)
    {
        Byte((byte)(status == 0 ? 1 : 3)).Variant(value);
        return status == 0 ? this : UInt32(status);
    }

    public UaWriter RequestHeader(string session = "i=0", uint timeoutHint = 0) =>
        NodeId(session).Int64(0).UInt32(7).UInt32(0).String(null).UInt32(timeoutHint).ExtensionObject("i=0", null);

    public UaWriter ResponseHeader(uint result = 0) =>
        Int64(0).UInt32(7).UInt32(result).Byte(0).Int32(-1).ExtensionObject("i=0", null);
}

/// <summary>Messages of the transport and of the services the tests speak.</summary>
internal static class Ua
{
    public const string PolicyNone = "http://opcfoundation.org/UA/SecurityPolicy#None";
    public const string PolicyBasic256Sha256 = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

    public static byte[] Frame(string type, byte[] content) =>
        new UaWriter().Raw(Encoding.ASCII.GetBytes(type)).Int32(8 + content.Length).Raw(content).Bytes;

    public static byte[] Hello(uint buffer = 65536, uint messageBytes = 0, uint chunks = 0) => Frame(
        "HELF",
        new UaWriter().UInt32(0).UInt32(buffer).UInt32(buffer).UInt32(messageBytes).UInt32(chunks)
            .String("opc.tcp://plc:4840").Bytes);

    public static byte[] Acknowledge(uint buffer = 65536, uint messageBytes = 0, uint chunks = 0) => Frame(
        "ACKF", new UaWriter().UInt32(0).UInt32(buffer).UInt32(buffer).UInt32(messageBytes).UInt32(chunks).Bytes);

    public static byte[] Error(uint status) => Frame("ERRF", new UaWriter().UInt32(status).String("because").Bytes);

    public static byte[] Message(
        byte[] body, uint requestId = 1, uint sequence = 1, uint channel = 1, uint token = 1, string type = "MSGF") =>
        Frame(type, new UaWriter().UInt32(channel).UInt32(token).UInt32(sequence).UInt32(requestId).Raw(body).Bytes);

    public static byte[] OpenRequest(uint requestId = 1, uint sequence = 1, uint channel = 0, string policy = PolicyNone) =>
        Frame("OPNF", new UaWriter().UInt32(channel).String(policy).ByteString(null).ByteString(null)
            .UInt32(sequence).UInt32(requestId).NodeId("i=446").RequestHeader()
            .UInt32(0).Int32(channel == 0 ? 0 : 1).Int32(1).ByteString(null).UInt32(3_600_000).Bytes);

    public static byte[] OpenResponse(
        uint requestId = 1, uint sequence = 1, uint channel = 1, uint token = 1, uint lifetime = 3_600_000) =>
        Frame("OPNF", new UaWriter().UInt32(channel).String(PolicyNone).ByteString(null).ByteString(null)
            .UInt32(sequence).UInt32(requestId).NodeId("i=449").ResponseHeader()
            .UInt32(0).UInt32(channel).UInt32(token).Int64(0).UInt32(lifetime).ByteString(null).Bytes);

    /// <summary>An OpenSecureChannel message whose body is encrypted.</summary>
    public static byte[] SecuredOpen(uint channel, byte[] certificate, string policy = PolicyBasic256Sha256) =>
        Frame("OPNF", new UaWriter().UInt32(channel).String(policy).ByteString(certificate).ByteString(new byte[20])
            .Raw([.. Enumerable.Range(0, 256).Select(value => (byte)(value * 37 + 11))]).Bytes);

    public static byte[] ReadRequest(params string[] nodes) => ReadRequestIn("i=0", nodes);

    public static byte[] ReadRequestIn(string session, params string[] nodes)
    {
        var body = new UaWriter().NodeId("i=631").RequestHeader(session).Double(0).Int32(2).Int32(nodes.Length);
        foreach (var node in nodes) body.NodeId(node).UInt32(13).String(null).QualifiedName(null);
        return body.Bytes;
    }

    public static byte[] ReadResponse(params int[] values)
    {
        var body = new UaWriter().NodeId("i=634").ResponseHeader().Int32(values.Length);
        foreach (var value in values) body.DataValue(value);
        return body.Int32(-1).Bytes;
    }

    public static byte[] WriteRequest(string node, int value, uint attribute = 13) =>
        new UaWriter().NodeId("i=673").RequestHeader().Int32(1).NodeId(node).UInt32(attribute).String(null)
            .DataValue(value).Bytes;

    public static byte[] WriteResponse(uint status = 0) =>
        new UaWriter().NodeId("i=676").ResponseHeader().Int32(1).UInt32(status).Int32(-1).Bytes;

    public static byte[] Fault(uint status) => new UaWriter().NodeId("i=397").ResponseHeader(status).Bytes;

    public static byte[] CreateMonitoredItemsRequest(uint subscription, uint handle, string node) =>
        new UaWriter().NodeId("i=751").RequestHeader().UInt32(subscription).Int32(2).Int32(1)
            .NodeId(node).UInt32(13).String(null).QualifiedName(null).Int32(2)
            .UInt32(handle).Double(100).ExtensionObject("i=0", null).UInt32(1).Byte(1).Bytes;

    public static byte[] CreateMonitoredItemsResponse(uint identifier) =>
        new UaWriter().NodeId("i=754").ResponseHeader().Int32(1)
            .UInt32(0).UInt32(identifier).Double(100).UInt32(1).ExtensionObject("i=0", null).Int32(-1).Bytes;

    public static byte[] PublishRequest() => new UaWriter().NodeId("i=826").RequestHeader().Int32(-1).Bytes;

    public static byte[] PublishResponse(uint subscription, params (uint Handle, int Value)[] values)
    {
        var data = new UaWriter().Int32(values.Length);
        foreach (var (handle, value) in values) data.UInt32(handle).DataValue(value);
        return new UaWriter().NodeId("i=829").ResponseHeader().UInt32(subscription).Int32(1).UInt32(1).Byte(0)
            .UInt32(1).Int64(0).Int32(1).ExtensionObject("i=811", data.Int32(-1).Bytes).Int32(-1).Int32(-1).Bytes;
    }

    public static byte[] CreateSessionRequest(string application, byte[]? certificate = null) =>
        new UaWriter().NodeId("i=461").RequestHeader().String(application).String("urn:product").LocalizedText("client")
            .Int32(1).String(null).String(null).Int32(-1).String(null).String("opc.tcp://plc:4840").String("session")
            .ByteString(new byte[32]).ByteString(certificate).Double(60_000).UInt32(0).Bytes;

    public static byte[] CreateSessionResponse(string token, byte[]? certificate = null) =>
        new UaWriter().NodeId("i=464").ResponseHeader().NodeId("ns=1;i=1").NodeId(token).Double(60_000)
            .ByteString(new byte[32]).ByteString(certificate).Int32(-1).Int32(-1).String(null).ByteString(null).UInt32(0).Bytes;

    public static byte[] ActivateSessionRequest(string session, string tokenType, byte[] token) =>
        new UaWriter().NodeId("i=467").RequestHeader(session).String(null).ByteString(null).Int32(-1).Int32(-1)
            .ExtensionObject(tokenType, token).String(null).ByteString(null).Bytes;

    public static byte[] UserNameToken(string user, string password, string? algorithm = null) =>
        new UaWriter().String("policy").String(user).ByteString(Encoding.UTF8.GetBytes(password)).String(algorithm).Bytes;

    public static byte[] ActivateSessionResponse(uint result = 0) =>
        new UaWriter().NodeId("i=470").ResponseHeader(result).ByteString(new byte[32]).Int32(-1).Int32(-1).Bytes;
}
