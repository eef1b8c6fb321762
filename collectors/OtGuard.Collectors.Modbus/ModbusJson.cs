using System.Buffers;
using System.Text.Json;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.Modbus;

/// <summary>Writes the value of <c>"modbus":</c> in an observation's JSON.</summary>
internal static class ModbusJson
{
    private static readonly SearchValues<byte> Printable = SearchValues.Create(
        " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"u8);

    public static void Write(Utf8JsonWriter writer, in Observation observation, ObservationBatch batch)
    {
        var code = observation.Code;
        var request = batch.Bytes(observation.RequestData);
        var response = batch.Bytes(observation.ResponseData);
        writer.WriteStartObject();
        WriteNumber(writer, "transaction", observation.Transaction == ModbusDecoder.NoTransaction ? -1 : observation.Transaction);
        WriteNumber(writer, "unit", observation.Unit);
        WriteNumber(writer, "functionCode", code);
        WriteNumber(writer, "subFunction", code == FunctionCode.Diagnostics ? observation.SubCode : -1);
        WriteNumber(writer, "exceptionCode", observation.Reason);
        // Function 23 has two addresses, each with a name of its own below.
        var hasAddress = code != FunctionCode.ReadWriteMultipleRegisters
            && observation.Target.Space is not (TargetSpace.None or TargetSpace.FileRecords or TargetSpace.DeviceObjects);
        WriteNumber(writer, "address", hasAddress ? observation.Target.Start : -1);
        WriteNumber(writer, "quantity", Quantity(observation, request, response));
        WriteValues(writer, "requestValues", observation.RequestValues, batch);
        WriteValues(writer, "responseValues", observation.ResponseValues, batch);
        WriteParticulars(writer, observation, batch, request, response);
        writer.WriteEndObject();
    }

    private static void WriteParticulars(
        Utf8JsonWriter writer,
        in Observation observation,
        ObservationBatch batch,
        ReadOnlySpan<byte> request,
        ReadOnlySpan<byte> response)
    {
        switch ((int)observation.Code)
        {
            case FunctionCode.MaskWriteRegister:
                var masks = request.Length >= 7 ? request : response;
                if (masks.Length < 7) break;
                writer.WriteNumber("andMask", ReadUInt16BigEndian(masks[3..]));
                writer.WriteNumber("orMask", ReadUInt16BigEndian(masks[5..]));
                break;
            case FunctionCode.ReadWriteMultipleRegisters:
                if (observation.Target.Space == TargetSpace.None) break;
                writer.WriteNumber("readAddress", observation.Target.Start);
                writer.WriteNumber("readQuantity", observation.Target.Count);
                WriteNumber(
                    writer,
                    "writeAddress",
                    observation.WriteTarget.Space == TargetSpace.None ? -1 : observation.WriteTarget.Start);
                WriteValues(writer, "writeValues", observation.RequestValues, batch);
                break;
            case FunctionCode.ReadFileRecord:
                WriteFileRecordsRead(writer, request, response);
                break;
            case FunctionCode.WriteFileRecord:
                WriteFileRecordsWritten(writer, request.IsEmpty ? response : request);
                break;
            case FunctionCode.ReadFifoQueue:
                if (observation.Outcome != Outcome.Rejected && !response.IsEmpty)
                    WriteValues(writer, "fifo", observation.ResponseValues, batch);
                break;
            case FunctionCode.Diagnostics:
                WriteHexadecimal(writer, "diagnosticData", request, 3);
                if (IsNormal(response)) WriteHexadecimal(writer, "responseData", response, 3);
                break;
            case FunctionCode.ReadExceptionStatus:
            case FunctionCode.GetCommEventCounter:
            case FunctionCode.GetCommEventLog:
            case FunctionCode.ReportServerId:
                if (IsNormal(response)) WriteHexadecimal(writer, "responseData", response, 1);
                break;
            case FunctionCode.EncapsulatedInterfaceTransport:
                WriteNumber(writer, "mei", observation.SubCode);
                if (observation.SubCode == MeiType.ReadDeviceIdentification)
                {
                    WriteDeviceObjects(writer, request, response);
                    break;
                }

                WriteHexadecimal(writer, "data", request, 2);
                if (IsNormal(response)) WriteHexadecimal(writer, "responseData", response, 2);
                break;
            default:
                if (observation.Code >= 0 && new FunctionCode((byte)observation.Code).Class == FunctionCodeClass.Assigned)
                    break;
                WriteHexadecimal(writer, "data", request, 1);
                if (IsNormal(response)) WriteHexadecimal(writer, "responseData", response, 1);
                break;
        }
    }

    private static bool IsNormal(ReadOnlySpan<byte> response) =>
        response.Length > 0 && (response[0] & FunctionCode.ExceptionBit) == 0;

    private static long Quantity(in Observation observation, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        switch (observation.Target.Space)
        {
            case TargetSpace.None:
                // A file request without a single record has no target, and still a quantity: none.
                return observation.Code is FunctionCode.ReadFileRecord or FunctionCode.WriteFileRecord
                    && request.Length >= 2 ? FileRecords(observation.Code, request) : -1;
            case TargetSpace.Coils:
            case TargetSpace.DiscreteInputs:
            case TargetSpace.InputRegisters:
            case TargetSpace.HoldingRegisters:
                return observation.Code is FunctionCode.MaskWriteRegister or FunctionCode.ReadWriteMultipleRegisters
                    ? -1
                    : observation.Target.Count;
            case TargetSpace.FileRecords:
                return FileRecords(observation.Code, request.IsEmpty ? response : request);
            case TargetSpace.FifoQueue:
                return IsNormal(response) && response.Length >= 5 ? ReadUInt16BigEndian(response[3..]) : -1;
            case TargetSpace.DeviceObjects:
                return -1;
            default:
                return -1;
        }
    }

    private static int FileRecords(short code, ReadOnlySpan<byte> pdu)
    {
        if (code == FunctionCode.ReadFileRecord) return pdu[1] / ModbusLimits.FileSubRequestBytes;
        var records = 0;
        for (var at = 2; at + ModbusLimits.FileSubRequestBytes <= pdu.Length; records++)
            at += ModbusLimits.FileSubRequestBytes + ReadUInt16BigEndian(pdu[(at + 5)..]) * 2;
        return records;
    }

    private static void WriteFileRecordsRead(
        Utf8JsonWriter writer, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        if (!IsNormal(response)) response = default;
        writer.WriteStartArray("fileRecords");
        var from = 2;
        var groups = Math.Max(0, request.Length - 2) / ModbusLimits.FileSubRequestBytes;
        for (var group = 0; group < groups || from + 2 <= response.Length; group++)
        {
            writer.WriteStartObject();
            if (group < groups) WriteFileReference(writer, request[(2 + group * ModbusLimits.FileSubRequestBytes)..]);
            if (from + 2 <= response.Length && response[from] > 0)
            {
                var length = Math.Min(response[from] - 1, response.Length - from - 2);
                WriteWords(writer, response.Slice(from + 2, length));
                from += 1 + response[from];
            }
            else
            {
                from = response.Length;
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteFileRecordsWritten(Utf8JsonWriter writer, ReadOnlySpan<byte> pdu)
    {
        writer.WriteStartArray("fileRecords");
        for (var at = 2; IsNormal(pdu) && at + ModbusLimits.FileSubRequestBytes <= pdu.Length;)
        {
            writer.WriteStartObject();
            WriteFileReference(writer, pdu[at..]);
            var length = ReadUInt16BigEndian(pdu[(at + 5)..]) * 2;
            at += ModbusLimits.FileSubRequestBytes;
            WriteWords(writer, pdu.Slice(at, Math.Min(length, pdu.Length - at)));
            at += length;
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteFileReference(Utf8JsonWriter writer, ReadOnlySpan<byte> group)
    {
        writer.WriteNumber("referenceType", group[0]);
        writer.WriteNumber("file", ReadUInt16BigEndian(group[1..]));
        writer.WriteNumber("record", ReadUInt16BigEndian(group[3..]));
        writer.WriteNumber("length", ReadUInt16BigEndian(group[5..]));
    }

    private static void WriteWords(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes)
    {
        writer.WriteStartArray("values");
        for (var at = 0; at + 2 <= bytes.Length; at += 2) writer.WriteNumberValue(ReadUInt16BigEndian(bytes[at..]));
        writer.WriteEndArray();
    }

    private static void WriteDeviceObjects(Utf8JsonWriter writer, ReadOnlySpan<byte> request, ReadOnlySpan<byte> response)
    {
        var asking = request.Length >= 4;
        WriteNumber(writer, "readDeviceIdCode", asking ? request[2] : IsNormal(response) && response.Length > 2 ? response[2] : -1);
        WriteNumber(writer, "objectId", asking ? request[3] : -1);
        if (!IsNormal(response) || response.Length < 7) return;
        writer.WriteNumber("conformityLevel", response[3]);
        writer.WriteBoolean("moreFollows", response[4] != 0);
        writer.WriteStartArray("deviceObjects");
        var at = 7;
        for (var left = response[6]; left > 0 && at + 2 <= response.Length; left--)
        {
            var length = Math.Min(response[at + 1], response.Length - at - 2);
            writer.WriteStartObject();
            writer.WriteNumber("id", response[at]);
            writer.WriteString("name", ModbusIdentity.ObjectName(response[at]));
            WriteText(writer, response.Slice(at + 2, length));
            writer.WriteEndObject();
            at += 2 + length;
        }

        writer.WriteEndArray();
    }

    /// <summary>Text where it is text, and the bytes in hexadecimal where it is not.</summary>
    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOfAnyExcept(Printable) < 0) writer.WriteString("value", bytes);
        else WriteHexadecimal(writer, "data", bytes, 0);
    }

    private static void WriteHexadecimal(Utf8JsonWriter writer, string name, ReadOnlySpan<byte> pdu, int from)
    {
        if (pdu.IsEmpty) return;
        writer.WriteString(name, Convert.ToHexStringLower(pdu[Math.Min(from, pdu.Length)..]));
    }

    private static void WriteNumber(Utf8JsonWriter writer, string name, long value)
    {
        if (value < 0) writer.WriteNull(name);
        else writer.WriteNumber(name, value);
    }

    private static void WriteValues(Utf8JsonWriter writer, string name, ValueSlice values, ObservationBatch batch)
    {
        writer.WriteStartArray(name);
        for (var index = 0; index < values.Count; index++) writer.WriteNumberValue(batch.Value(values, index));
        writer.WriteEndArray();
    }
}
