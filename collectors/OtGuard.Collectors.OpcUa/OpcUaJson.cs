using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Transport;
using OtGuard.Collectors.OpcUa.Types;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa;

/// <summary>Writes the value of <c>"opcua":</c> in the JSON of the observations of one exchange.</summary>
internal static class OpcUaJson
{
    public static void Write(Utf8JsonWriter writer, ReadOnlySpan<Observation> parts, ObservationBatch batch, OpcUaState state)
    {
        ref readonly var first = ref parts[0];
        var service = first.Code > 0 ? ServiceTable.Find((uint)first.Code, out _) : null;
        writer.WriteStartObject();
        writer.WriteString("messageType", TypeOf(first.Code, service));
        WriteNumber(writer, "secureChannelId", first.Channel, first.Channel != 0);
        WriteNumber(writer, "tokenId", first.ChannelToken, first.ChannelToken != 0);
        WriteNumber(writer, "sequenceNumber", first.Sequence, first.Sequence != 0);
        var isPaired = first.Code >= 0;
        WriteNumber(writer, "requestId", first.Transaction, isPaired);
        if (service is null) writer.WriteNull("service");
        else writer.WriteString("service", service.Name);
        if (first.Actor != 0 && state.Actors.TextOf(first.Actor) is { Length: > 0 } actor) writer.WriteString("actor", actor);
        if (service is null && first.Code == MessageCode.Concealed) writer.WriteNull("nodes");
        if (service?.Request.Item is not null || service?.Operation == Operation.Notify) WriteNodes(writer, service, parts, batch, state);
        else WriteWhole(writer, service, first, batch);
        writer.WriteEndObject();
    }

    /// <summary>Characters shown of values in a line of text.</summary>
    private const int TextShown = 200;

    /// <summary>Variants as a short text.</summary>
    public static string ValuesText(ValueSlice values, ObservationBatch batch)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true, Encoder = Unescaped }))
        {
            var reader = new UaReader(batch.Bytes(values));
            writer.WriteStartArray();
            for (var index = 0; index < values.Count && !reader.Failed; index++) VariantJson.Write(writer, ref reader);
            writer.WriteEndArray();
        }

        var text = Encoding.UTF8.GetString(json.WrittenSpan[1..^1]);
        return text.Length > TextShown ? text[..TextShown] + "…" : text;
    }

    /// <summary>For text that is no part of a web page.</summary>
    private static readonly JavaScriptEncoder Unescaped = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>The value of one field for people, long ones shortened; of a user's identity only its type. Allocates.</summary>
    public static string FieldText(Field field, ReadOnlySpan<byte> data)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { SkipValidation = true, Encoder = Unescaped }))
        {
            var reader = new UaReader(data);
            WriteField(writer, field, ref reader, withToken: field.Name == "userIdentityToken");
        }

        var text = Encoding.UTF8.GetString(json.WrittenSpan).Trim('"');
        return text.Length > TextShown ? text[..TextShown] + "…" : text;
    }

    private static string TypeOf(short code, Service? service) => code switch
    {
        MessageCode.Hello => "HEL",
        MessageCode.Error => "ERR",
        MessageCode.ReverseHello => "RHE",
        MessageCode.SecuredOpen => "OPN",
        _ => service?.Operation switch
        {
            Operation.OpenChannel => "OPN",
            Operation.CloseChannel => "CLO",
            _ => "MSG",
        },
    };

    // ---- Operations -------------------------------------------------------------------------------------------------

    private static void WriteNodes(
        Utf8JsonWriter writer, Service service, ReadOnlySpan<Observation> parts, ObservationBatch batch, OpcUaState state)
    {
        // A refused service, or one of no operation, stands by itself.
        ref readonly var first = ref parts[0];
        var isAlone = parts.Length == 1 && first.Target.Space == TargetSpace.None && first.RequestValues.Count == 0
            && first.ResponseValues.Count == 0 && (service.Operation == Operation.Notify
                ? first.SubCode == -1 && (first.Reason != -1 || first.ResponseData.Length == 0)
                : first.RequestData.Length == 0 && first.ResponseData.Length == 0);
        if (isAlone && first.Reason != -1) writer.WriteString("status", StatusCodes.Name((uint)first.Reason));
        writer.WriteStartArray("nodes");
        foreach (ref readonly var part in isAlone ? default : parts)
        {
            writer.WriteStartObject();
            if (part.Target.Space == TargetSpace.Nodes)
            {
                var name = state.Nodes.TextOf(part.Target.Start);
                if (name is null) writer.WriteNull("nodeId");
                else writer.WriteString("nodeId", name);
            }

            if (part.SubCode > 0) writer.WriteString("attribute", AttributeId.Name(part.SubCode));
            WriteValues(writer, service, part, batch);
            if (part.Outcome is Outcome.Succeeded or Outcome.Rejected or Outcome.Unpaired or Outcome.Unsolicited)
                WriteStatus(writer, service, part, batch);
            if (service.Operation is not (Operation.Read or Operation.Write or Operation.Notify))
            {
                WriteFields(writer, "request", service.Request.Item, batch.Bytes(part.RequestData));
                if (part.ResponseData.Length > 0) WriteFields(writer, "response", service.Response.Item, batch.Bytes(part.ResponseData));
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteValues(Utf8JsonWriter writer, Service service, in Observation part, ObservationBatch batch)
    {
        switch (service.Operation)
        {
            case Operation.Read:
                WriteValue(writer, "value", part.ResponseValues, batch);
                break;
            case Operation.Write:
                WriteValue(writer, "value", part.RequestValues, batch);
                break;
            case Operation.Notify when part.SubCode == AttributeId.EventNotifier:
                WriteArray(writer, "fields", part.ResponseValues, batch);
                break;
            case Operation.Notify:
                WriteValue(writer, "value", part.ResponseValues, batch);
                break;
            default:
                break;
        }
    }

    private static void WriteValue(Utf8JsonWriter writer, string name, ValueSlice slice, ObservationBatch batch)
    {
        writer.WritePropertyName(name);
        if (slice.Length == 0)
        {
            writer.WriteNullValue();
            return;
        }

        var reader = new UaReader(batch.Bytes(slice));
        VariantJson.Write(writer, ref reader);
    }

    private static void WriteArray(Utf8JsonWriter writer, string name, ValueSlice slice, ObservationBatch batch)
    {
        writer.WriteStartArray(name);
        var reader = new UaReader(batch.Bytes(slice));
        for (var index = 0; index < slice.Count && !reader.Failed; index++) VariantJson.Write(writer, ref reader);
        writer.WriteEndArray();
    }

    private static void WriteStatus(Utf8JsonWriter writer, Service service, in Observation part, ObservationBatch batch)
    {
        if (part.Reason != -1)
        {
            writer.WriteString("status", StatusCodes.Name((uint)part.Reason));
            return;
        }

        if (part.ResponseFrame == 0)
        {
            writer.WriteNull("status");
            return;
        }

        var reader = new UaReader(batch.Bytes(part.ResponseData));
        if (service.Operation == Operation.Notify) reader.UInt32();
        uint status = 0;
        if (service.Operation is Operation.Read or Operation.Notify && part.SubCode != AttributeId.EventNotifier)
        {
            if (part.ResponseData.Length > 0) reader.DataValue(out _, out _, out status);
        }
        else if (part.ResponseData.Length >= 4 && service.Response.Item is [{ Role: FieldRole.Status }, ..])
        {
            status = reader.UInt32();
        }

        writer.WriteString("status", StatusCodes.Name(reader.Failed ? 0 : status));
    }

    // ---- Whole messages ---------------------------------------------------------------------------------------------

    private static void WriteWhole(Utf8JsonWriter writer, Service? service, in Observation observation, ObservationBatch batch)
    {
        var request = batch.Bytes(observation.RequestData);
        var response = batch.Bytes(observation.ResponseData);
        if (observation.Reason != -1) writer.WriteString("status", StatusCodes.Name((uint)observation.Reason));
        switch (observation.Code)
        {
            case MessageCode.Hello:
                WriteHello(writer, request, response, observation.Reason);
                return;
            case MessageCode.Error:
                WriteError(writer, request.IsEmpty ? response : request);
                return;
            case MessageCode.ReverseHello:
                var reverse = new UaReader(Behind(request.IsEmpty ? response : request));
                WriteText(writer, "serverUri", reverse.String());
                WriteText(writer, "endpointUrl", reverse.String());
                return;
            case MessageCode.SecuredOpen:
                WriteSecurity(writer, observation.SubCode);
                WriteOpening(writer, request.IsEmpty ? response : request);
                return;
            case MessageCode.Concealed:
                WriteSecurity(writer, observation.SubCode);
                var header = request.IsEmpty ? response : request;
                if (header.Length >= MessageHeader.SymmetricBytes)
                {
                    writer.WriteString("chunk", ((char)header[3]).ToString());
                    writer.WriteNumber("size", ReadUInt32LittleEndian(header[4..]));
                }

                return;
            default:
                break;
        }

        if (service is null) return;
        if (service.Operation is Operation.OpenChannel or Operation.OpenSession or Operation.Authenticate
            && observation.SubCode >= 0)
            WriteSecurity(writer, observation.SubCode);
        if (request.Length > 0) WriteFields(writer, "request", service.Request.Before, request, service.Operation == Operation.Authenticate);
        if (response.Length > 0) WriteFields(writer, "response", service.Response.Before, response);
    }

    private static ReadOnlySpan<byte> Behind(ReadOnlySpan<byte> message) =>
        message.Length > MessageHeader.Bytes ? message[MessageHeader.Bytes..] : default;

    private static void WriteHello(Utf8JsonWriter writer, ReadOnlySpan<byte> hello, ReadOnlySpan<byte> answer, int reason)
    {
        if (hello.Length > MessageHeader.Bytes)
        {
            var reader = new UaReader(Behind(hello));
            writer.WriteStartObject("request");
            WriteLimits(writer, ref reader);
            WriteText(writer, "endpointUrl", reader.String());
            writer.WriteEndObject();
        }

        if (answer.Length <= MessageHeader.Bytes) return;
        if (reason != -1)
        {
            WriteError(writer, answer);
            return;
        }

        var limits = new UaReader(Behind(answer));
        writer.WriteStartObject("response");
        WriteLimits(writer, ref limits);
        writer.WriteEndObject();
    }

    private static void WriteLimits(Utf8JsonWriter writer, ref UaReader reader)
    {
        writer.WriteNumber("protocolVersion", reader.UInt32());
        writer.WriteNumber("receiveBufferSize", reader.UInt32());
        writer.WriteNumber("sendBufferSize", reader.UInt32());
        writer.WriteNumber("maxMessageSize", reader.UInt32());
        writer.WriteNumber("maxChunkCount", reader.UInt32());
    }

    private static void WriteError(Utf8JsonWriter writer, ReadOnlySpan<byte> message)
    {
        var reader = new UaReader(Behind(message));
        writer.WriteString("error", StatusCodes.Name(reader.UInt32()));
        WriteText(writer, "reason", reader.String());
    }

    private static void WriteSecurity(Utf8JsonWriter writer, int subCode)
    {
        var code = SecurityCode.From(subCode);
        if (code.Policy.Number > 0) writer.WriteString("securityPolicy", code.Policy.Name);
        if (code.Mode != SecurityMode.Unknown) writer.WriteString("securityMode", code.Mode.ToString());
        if (code.User == UserTokenKind.Unknown) return;
        writer.WriteString("userTokenType", code.User.ToString());
        if (code.User == UserTokenKind.UserName) writer.WriteBoolean("passwordReadable", code.PasswordReadable);
    }

    private static void WriteOpening(Utf8JsonWriter writer, ReadOnlySpan<byte> header)
    {
        if (header.Length < 12) return;
        var reader = new UaReader(header[12..]);
        WriteText(writer, "securityPolicyUri", reader.String());
        var certificate = reader.ByteString();
        if (!certificate.IsEmpty) WriteCertificate(writer, "certificate", certificate);
        var thumbprint = reader.ByteString();
        if (!thumbprint.IsEmpty) writer.WriteString("receiverCertificateThumbprint", Convert.ToHexString(thumbprint));
    }

    private static void WriteCertificate(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> der)
    {
        var facts = CertificateTable.Parse(der);
        writer.WriteStartObject(name);
        writer.WriteString("thumbprint", facts.Thumbprint);
        writer.WriteString("subject", facts.Subject);
        writer.WriteString("applicationUri", facts.ApplicationUri);
        writer.WriteString("notBefore", facts.NotBefore.UtcDateTime);
        writer.WriteString("notAfter", facts.NotAfter.UtcDateTime);
        writer.WriteNumber("keyBits", facts.KeyBits);
        writer.WriteBoolean("selfSigned", facts.IsSelfSigned);
        writer.WriteNumber("chainLength", facts.ChainLength);
        writer.WriteEndObject();
    }

    // ---- Fields -----------------------------------------------------------------------------------------------------

    private static void WriteFields(
        Utf8JsonWriter writer, string name, Field[]? fields, ReadOnlySpan<byte> data, bool withToken = false)
    {
        if (fields is not { Length: > 0 }) return;
        writer.WriteStartObject(name);
        if (withToken && UserToken.TryFind(data, out var token) && token.Kind == UserTokenKind.UserName)
            WriteText(writer, "userName", data.Slice(token.NameAt, token.NameLength));
        var reader = new UaReader(data);
        WriteFields(writer, fields, ref reader, withToken);
        writer.WriteEndObject();
    }

    private static void WriteFields(Utf8JsonWriter writer, Field[] fields, ref UaReader reader, bool withToken = false)
    {
        foreach (var field in fields)
        {
            if (reader.Failed || (reader.Remaining == 0)) return;
            writer.WritePropertyName(field.Name);
            if (!field.IsArray)
            {
                WriteField(writer, field, ref reader, withToken);
                continue;
            }

            var length = reader.ArrayLength();
            writer.WriteStartArray();
            for (var index = 0; index < length && !reader.Failed; index++) WriteField(writer, field, ref reader, withToken);
            writer.WriteEndArray();
        }
    }

    private static void WriteField(Utf8JsonWriter writer, Field field, ref UaReader reader, bool withToken)
    {
        switch (field.Kind)
        {
            case FieldKind.Boolean:
                writer.WriteBooleanValue(reader.Boolean());
                break;
            case FieldKind.Byte:
                writer.WriteNumberValue(reader.Byte());
                break;
            case FieldKind.Int32:
                writer.WriteNumberValue(reader.Int32());
                break;
            case FieldKind.UInt32:
                writer.WriteNumberValue(reader.UInt32());
                break;
            case FieldKind.Int64:
                writer.WriteNumberValue(reader.Int64());
                break;
            case FieldKind.Double:
                VariantJson.WriteDouble(writer, reader.Double());
                break;
            case FieldKind.DateTime:
                VariantJson.WriteDateTime(writer, reader.Int64());
                break;
            case FieldKind.String:
                writer.WriteStringValue(Encoding.UTF8.GetString(reader.String()));
                break;
            case FieldKind.ByteString when field.Name.EndsWith("ertificate", StringComparison.Ordinal):
                var certificate = reader.ByteString();
                writer.WriteStringValue(certificate.IsEmpty ? "" : CertificateTable.Parse(certificate).Thumbprint);
                break;
            case FieldKind.ByteString:
                VariantJson.WriteBytes(writer, reader.ByteString());
                break;
            case FieldKind.NodeId:
                writer.WriteStringValue(reader.NodeId().ToText(reader.Data));
                break;
            case FieldKind.ExpandedNodeId:
                writer.WriteStringValue(reader.ExpandedNodeId().ToText(reader.Data));
                break;
            case FieldKind.StatusCode:
                writer.WriteStringValue(StatusCodes.Name(reader.UInt32()));
                break;
            case FieldKind.QualifiedName:
                VariantJson.Value(writer, ref reader, BuiltIn.QualifiedName, 0);
                break;
            case FieldKind.LocalizedText:
                writer.WriteStringValue(Encoding.UTF8.GetString(reader.LocalizedText()));
                break;
            case FieldKind.ExtensionObject when withToken:
                reader.ExtensionObject(out var type, out _);
                writer.WriteStringValue(type.ToText(reader.Data));
                break;
            case FieldKind.ExtensionObject:
                VariantJson.Value(writer, ref reader, BuiltIn.ExtensionObject, 0);
                break;
            case FieldKind.Variant:
                VariantJson.Write(writer, ref reader);
                break;
            case FieldKind.DataValue:
                VariantJson.Value(writer, ref reader, BuiltIn.DataValue, 0);
                break;
            case FieldKind.DiagnosticInfo:
                reader.DiagnosticInfo();
                writer.WriteNullValue();
                break;
            case FieldKind.Structure:
                writer.WriteStartObject();
                WriteFields(writer, field.Members, ref reader, withToken);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> text) =>
        writer.WriteString(name, Encoding.UTF8.GetString(text));

    private static void WriteNumber(Utf8JsonWriter writer, string name, long value, bool isKnown)
    {
        if (isKnown) writer.WriteNumber(name, value);
        else writer.WriteNull(name);
    }
}
