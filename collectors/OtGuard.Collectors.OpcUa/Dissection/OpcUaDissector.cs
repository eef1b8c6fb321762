using System.Globalization;
using System.Text;
using OtGuard.Collectors.Dissection;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa.Dissection;

/// <summary>
/// Takes chunks of OPC UA over TCP apart: message header, security header, sequence header, and the service's fields
/// as far as they are in clear.
/// </summary>
/// <remarks>
/// OPC UA Part 6 v1.05 §6.7.2 and §7.1.2, Part 4 v1.05 §5 and §7. A message of several chunks is taken apart chunk by
/// chunk: the first one's fields end where it ends, and what follows is named as a continuation.
/// </remarks>
internal sealed class OpcUaDissector : IMessageDissector
{
    public static readonly OpcUaDissector Instance = new();

    private const string Layer = "OPC UA";

    private static readonly Field[] RequestHeaderFields =
    [
        new("authenticationToken", FieldKind.NodeId), new("timestamp", FieldKind.DateTime),
            new("requestHandle", FieldKind.UInt32),
        new("returnDiagnostics", FieldKind.UInt32), new("auditEntryId", FieldKind.String),
            new("timeoutHint", FieldKind.UInt32),
        new("additionalHeader", FieldKind.ExtensionObject),
    ];

    private static readonly Field[] ResponseHeaderFields =
    [
        new("timestamp", FieldKind.DateTime), new("requestHandle", FieldKind.UInt32),
            new("serviceResult", FieldKind.StatusCode),
        new("serviceDiagnostics", FieldKind.DiagnosticInfo), Field.ArrayOf("stringTable", FieldKind.String),
        new("additionalHeader", FieldKind.ExtensionObject),
    ];

    private static readonly Field[] HelloFields =
    [
        new("protocolVersion", FieldKind.UInt32), new("receiveBufferSize", FieldKind.UInt32),
            new("sendBufferSize", FieldKind.UInt32),
        new("maxMessageSize", FieldKind.UInt32), new("maxChunkCount", FieldKind.UInt32),
            new("endpointUrl", FieldKind.String),
    ];

    private static readonly Field[] ErrorFields = [new("error", FieldKind.StatusCode), new("reason", FieldKind.String)];

    private static readonly Field[] ReverseHelloFields =
        [new("serverUri", FieldKind.String), new("endpointUrl", FieldKind.String)];

    /// <inheritdoc/>
    public int LengthOf(ReadOnlySpan<byte> data, in MessageContext context)
    {
        if (data.Length < MessageHeader.Bytes) return MessageHeader.MayBegin(data) ? 0 : -1;
        var header = MessageHeader.Read(data);
        return header.IsPlausible && header.Size <= JoinedMessage.MaximumBytes ? (int)header.Size : -1;
    }

    /// <inheritdoc/>
    public void Dissect(ReadOnlySpan<byte> message, in MessageContext context, FieldWriter fields)
    {
        var walk = new FieldWalk(message, fields, Layer);
        if (!walk.Text(3, "message type") || !walk.Text(1, "chunk type", ChunkText)) return;
        if (!walk.Read(new Field("message size", FieldKind.UInt32))) return;
        if (message.Length < MessageHeader.Bytes) return;
        var header = MessageHeader.Read(message);
        switch (header.Type)
        {
            case MessageType.Hello:
                fields.Describe(Layer, "Hello");
                walk.Read(HelloFields);
                break;
            case MessageType.Acknowledge:
                fields.Describe(Layer, "Acknowledge");
                walk.Read(HelloFields[..^1]);
                break;
            case MessageType.Error:
                fields.Describe(Layer, "Error");
                walk.Read(ErrorFields);
                break;
            case MessageType.ReverseHello:
                fields.Describe(Layer, "ReverseHello");
                walk.Read(ReverseHelloFields);
                break;
            case MessageType.Open:
                Open(ref walk, header, fields);
                break;
            default:
                if (!walk.Read(new Field("secureChannelId", FieldKind.UInt32))
                    || !walk.Read(new Field("tokenId", FieldKind.UInt32)))
                    return;
                Content(ref walk, header, fields, isClear: false);
                break;
        }

        walk.Rest("bytes behind the message", null, FieldFault.Malformed);
    }

    private static void Open(ref FieldWalk walk, MessageHeader header, FieldWriter fields)
    {
        if (!walk.Read(new Field("secureChannelId", FieldKind.UInt32))) return;
        var uri = new UaReader(walk.Remaining).String();
        var policy = SecurityPolicies.Of(uri);
        if (!walk.Read(new Field("securityPolicyUri", FieldKind.String))
            || !walk.Read(new Field("senderCertificate", FieldKind.ByteString))
            || !walk.Read(new Field("receiverCertificateThumbprint", FieldKind.ByteString))) return;
        if (policy == SecurityPolicies.None)
        {
            Content(ref walk, header, fields, isClear: true);
            return;
        }

        fields.Describe(Layer, $"OpenSecureChannel, {(policy == SecurityPolicies.Other ? "unknown policy" : $"policy {policy.Name}")}");
        walk.Rest("encrypted", "sequence header and body, encrypted for the receiver");
    }

    private static void Content(ref FieldWalk walk, MessageHeader header, FieldWriter fields, bool isClear)
    {
        var content = walk.Remaining;
        var begins = content.Length > MessageHeader.SequenceBytes
            && MessageReader.BeginsService(content[MessageHeader.SequenceBytes..]);
        if (!isClear && !begins)
        {
            fields.Describe(Layer, header.IsFinal ? "encrypted message, or the end of one in chunks"
                : "part of a message");
            walk.Rest("content", "encrypted, or the continuation of an earlier chunk");
            return;
        }

        if (!walk.Read(new Field("sequenceNumber", FieldKind.UInt32))
            || !walk.Read(new Field("requestId", FieldKind.UInt32)))
            return;
        if (header.Chunk == (byte)'A')
        {
            fields.Describe(Layer, "message broken off");
            walk.Read(ErrorFields);
            return;
        }

        var typeId = new UaReader(walk.Remaining).NodeId().StandardNumber;
        var service = ServiceTable.Find(typeId, out var isResponse);
        var isFault = typeId == ServiceTable.ServiceFault;
        var name = isFault ? "ServiceFault"
            : service is null ? string.Create(CultureInfo.InvariantCulture, $"type {typeId}")
            : $"{service.Name}{(isResponse ? "Response" : "Request")}";
        fields.Describe(Layer, name);
        if (!walk.Read(new Field("typeId", FieldKind.NodeId),
            $"i={typeId.ToString(CultureInfo.InvariantCulture)}, {name}"))
            return;
        if (service is null && !isFault)
        {
            walk.Rest("body");
            return;
        }

        // What a chunk does not hold comes in the next one.
        walk.IsContinued = !header.IsFinal;
        if (!walk.Read(isResponse || isFault ? ResponseHeaderFields : RequestHeaderFields)) return;
        walk.Layer = $"{Layer} service";
        if (service is not null && !walk.Read(isResponse ? service.Response : service.Request)) return;
        if (walk.IsContinued) walk.Rest("continued", "goes on in the next chunk");
        else if (walk.Remaining.Length > 0)
            walk.Rest("signature", string.Create(CultureInfo.InvariantCulture,
                $"{walk.Remaining.Length} bytes behind the body"));
    }

    private static string ChunkText(string letter) => letter switch
    {
        "F" => "F, final chunk",
        "C" => "C, more chunks follow",
        "A" => "A, broken off",
        _ => letter,
    };
}

/// <summary>Goes over a message field by field as descriptions say, and names each.</summary>
internal ref struct FieldWalk
{
    private readonly ReadOnlySpan<byte> _data;
    private readonly FieldWriter _output;
    private int _at;
    private int _named;

    public FieldWalk(ReadOnlySpan<byte> data, FieldWriter output, string layer)
    {
        _data = data;
        _output = output;
        Layer = layer;
    }

    public string Layer { get; set; }

    /// <summary>Whether a field that is cut off goes on in another chunk.</summary>
    public bool IsContinued { get; set; }

    public readonly ReadOnlySpan<byte> Remaining => _data[_at..];

    /// <summary>Names letters.</summary>
    public bool Text(int length, string name, Func<string, string>? words = null)
    {
        if (Remaining.Length < length) return CutOff(name, EncodingFault.TooShort);
        var text = Encoding.Latin1.GetString(Remaining[..length]);
        Add(name, words?.Invoke(text) ?? text, length);
        return true;
    }

    /// <summary>Names the fields of a message: those before its operations, each operation's, those after.</summary>
    public bool Read(MessageShape shape)
    {
        if (!Read(shape.Before)) return false;
        if (shape.Item is not null && !Items("operations", shape.Item, null)) return false;
        return Read(shape.After);
    }

    public bool Read(Field[] fields, string path = "")
    {
        foreach (var field in fields)
        {
            var name = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
            if (!(field.IsArray ? Items(name, field.Members, field) : One(field, name, null))) return false;
        }

        return true;
    }

    public bool Read(Field field, string? value = null) => One(field, field.Name, value);

    /// <summary>Names what is left, if anything is.</summary>
    public void Rest(string name, string? value = null, FieldFault fault = FieldFault.None)
    {
        if (Remaining.IsEmpty) return;
        _output.Add(Layer, name, value ?? FieldCursor.Hex(Remaining), _at, Remaining.Length, fault);
        _at = _data.Length;
    }

    private bool Items(string name, Field[] members, Field? field)
    {
        var reader = new UaReader(Remaining);
        var length = reader.ArrayLength();
        if (reader.Failed) return CutOff($"{name}: number", reader.Fault);
        Add($"{name}: number", length.ToString(CultureInfo.InvariantCulture), reader.Position);
        for (var index = 0; index < length; index++)
        {
            if (_named >= DissectedFrame.MaximumFields)
            {
                Rest(name, string.Create(CultureInfo.InvariantCulture, $"{length - index} more"));
                return false;
            }

            var one = string.Create(CultureInfo.InvariantCulture, $"{name}[{index}]");
            if (!(members.Length > 0 ? Read(members, one) : One(field!, one, null))) return false;
        }

        return true;
    }

    private bool One(Field field, string name, string? value)
    {
        if (field.Kind == FieldKind.Structure) return Read(field.Members, name);
        var reader = new UaReader(Remaining);
        FieldReader.One(ref reader, field);
        if (reader.Failed) return CutOff(name, reader.Fault);
        Add(name, value ?? OpcUaJson.FieldText(field, Remaining[..reader.Position]), reader.Position);
        return true;
    }

    private void Add(string name, string value, int length)
    {
        _output.Add(Layer, name, value, _at, length);
        _at += length;
        _named++;
    }

    private bool CutOff(string name, EncodingFault fault)
    {
        if (IsContinued && fault == EncodingFault.TooShort)
        {
            _output.Add(Layer, name, "goes on in the next chunk", _at, Remaining.Length);
        }
        else
        {
            _output.Add(
                Layer, name, Remaining.IsEmpty ? "" : FieldCursor.Hex(Remaining), _at, Remaining.Length,
                fault == EncodingFault.TooShort ? FieldFault.CutOff : FieldFault.Malformed);
        }

        _at = _data.Length;
        return false;
    }
}
