using System.Buffers.Binary;
using System.Text;

namespace OtGuard.Simulators.Wire;

/// <summary>One part of a file record request or answer.</summary>
/// <param name="File">File number, 1 to 65535.</param>
/// <param name="Record">Record number, 0 to 9999.</param>
/// <param name="Registers">The registers; to read, only how many counts.</param>
public readonly record struct FileRecord(ushort File, ushort Record, ReadOnlyMemory<ushort> Registers);

/// <summary>
/// Encodes the PDUs of every public function code (<c>…Request</c> and <c>…Response</c> by function) and exceptions.
/// Nothing is checked, so that what the standard forbids can be sent as well.
/// </summary>
/// <remarks>MODBUS Application Protocol Specification V1.1b3 §6; addresses are 0-based, as on the wire.</remarks>
public static class ModbusPdu
{
    /// <summary>Function code and data as they are.</summary>
    public static byte[] Raw(byte function, params ReadOnlySpan<byte> data) => [function, .. data];

    /// <summary>An exception response (§7).</summary>
    public static byte[] Exception(byte function, byte exceptionCode) => [(byte)(function | 0x80), exceptionCode];

    /// <summary>Function and two numbers: the shape of all reads and single writes.</summary>
    public static byte[] Request(byte function, ushort first, ushort second) =>
        [function, High(first), Low(first), High(second), Low(second)];

    /// <summary>Read Coils, request (§6.1).</summary>
    public static byte[] ReadCoilsRequest(ushort start, ushort quantity) => Request(1, start, quantity);

    /// <summary>Read Coils, response (§6.1).</summary>
    public static byte[] ReadCoilsResponse(params ReadOnlySpan<bool> values) => BitResponse(1, values);

    /// <summary>Read Discrete Inputs, request (§6.2).</summary>
    public static byte[] ReadDiscreteInputsRequest(ushort start, ushort quantity) => Request(2, start, quantity);

    /// <summary>Read Discrete Inputs, response (§6.2).</summary>
    public static byte[] ReadDiscreteInputsResponse(params ReadOnlySpan<bool> values) => BitResponse(2, values);

    /// <summary>Read Holding Registers, request (§6.3).</summary>
    public static byte[] ReadHoldingRegistersRequest(ushort start, ushort quantity) => Request(3, start, quantity);

    /// <summary>Read Holding Registers, response (§6.3).</summary>
    public static byte[] ReadHoldingRegistersResponse(params ReadOnlySpan<ushort> values) =>
        RegisterResponse(3, values);

    /// <summary>Read Input Registers, request (§6.4).</summary>
    public static byte[] ReadInputRegistersRequest(ushort start, ushort quantity) => Request(4, start, quantity);

    /// <summary>Read Input Registers, response (§6.4).</summary>
    public static byte[] ReadInputRegistersResponse(params ReadOnlySpan<ushort> values) => RegisterResponse(4, values);

    /// <summary>Write Single Coil, request and response alike (§6.5).</summary>
    public static byte[] WriteSingleCoil(ushort address, bool value) =>
        Request(5, address, value ? (ushort)0xFF00 : (ushort)0);

    /// <summary>Write Single Register, request and response alike (§6.6).</summary>
    public static byte[] WriteSingleRegister(ushort address, ushort value) => Request(6, address, value);

    /// <summary>Read Exception Status, request (§6.7).</summary>
    public static byte[] ReadExceptionStatusRequest() => [7];

    /// <summary>Read Exception Status, response (§6.7).</summary>
    public static byte[] ReadExceptionStatusResponse(byte outputs) => [7, outputs];

    /// <summary>Diagnostics, request and (but for the data of some sub-functions) response (§6.8).</summary>
    public static byte[] Diagnostics(ushort subFunction, ushort data = 0) => Request(8, subFunction, data);

    /// <summary>Get Comm Event Counter, request (§6.9).</summary>
    public static byte[] GetCommEventCounterRequest() => [11];

    /// <summary>Get Comm Event Counter, response (§6.9).</summary>
    public static byte[] GetCommEventCounterResponse(ushort status, ushort events) => Request(11, status, events);

    /// <summary>Get Comm Event Log, request (§6.10).</summary>
    public static byte[] GetCommEventLogRequest() => [12];

    /// <summary>Get Comm Event Log, response (§6.10).</summary>
    public static byte[] GetCommEventLogResponse(
        ushort status, ushort events, ushort messages, params ReadOnlySpan<byte> log) =>
        [12, (byte)(6 + log.Length), High(status), Low(status), High(events), Low(events), High(messages),
            Low(messages), .. log];

    /// <summary>Write Multiple Coils, request (§6.11).</summary>
    public static byte[] WriteMultipleCoilsRequest(ushort start, params ReadOnlySpan<bool> values)
    {
        var packed = Pack(values);
        return [15, High(start), Low(start), High(values.Length), Low(values.Length), (byte)packed.Length, .. packed];
    }

    /// <summary>Write Multiple Coils, response (§6.11).</summary>
    public static byte[] WriteMultipleCoilsResponse(ushort start, ushort quantity) => Request(15, start, quantity);

    /// <summary>Write Multiple Registers, request (§6.12).</summary>
    public static byte[] WriteMultipleRegistersRequest(ushort start, params ReadOnlySpan<ushort> values) =>
        [16, High(start), Low(start), High(values.Length), Low(values.Length), (byte)(values.Length * 2),
            .. Bytes(values)];

    /// <summary>Write Multiple Registers, response (§6.12).</summary>
    public static byte[] WriteMultipleRegistersResponse(ushort start, ushort quantity) => Request(16, start, quantity);

    /// <summary>Report Server ID, request (§6.13).</summary>
    public static byte[] ReportServerIdRequest() => [17];

    /// <summary>Report Server ID, response (§6.13): the identifier, run indicator and additional data.</summary>
    public static byte[] ReportServerIdResponse(ReadOnlySpan<byte> serverId, bool running, string additional = "")
    {
        var text = Encoding.ASCII.GetBytes(additional);
        return [17, (byte)(serverId.Length + 1 + text.Length), .. serverId, running ? (byte)0xFF : (byte)0, .. text];
    }

    /// <summary>Read File Record, request (§6.14).</summary>
    public static byte[] ReadFileRecordRequest(params ReadOnlySpan<FileRecord> records)
    {
        var body = new List<byte>();
        foreach (var record in records) AddRecordHead(body, record);
        return [20, (byte)body.Count, .. body];
    }

    /// <summary>Read File Record, response (§6.14).</summary>
    public static byte[] ReadFileRecordResponse(params ReadOnlySpan<FileRecord> records)
    {
        var body = new List<byte>();
        foreach (var record in records)
        {
            body.Add((byte)(1 + record.Registers.Length * 2));
            body.Add(6);
            body.AddRange(Bytes(record.Registers.Span));
        }

        return [20, (byte)body.Count, .. body];
    }

    /// <summary>Write File Record, request and response alike (§6.15).</summary>
    public static byte[] WriteFileRecord(params ReadOnlySpan<FileRecord> records)
    {
        var body = new List<byte>();
        foreach (var record in records)
        {
            AddRecordHead(body, record);
            body.AddRange(Bytes(record.Registers.Span));
        }

        return [21, (byte)body.Count, .. body];
    }

    /// <summary>Mask Write Register, request and response alike (§6.16).</summary>
    public static byte[] MaskWriteRegister(ushort address, ushort andMask, ushort orMask) =>
        [22, High(address), Low(address), High(andMask), Low(andMask), High(orMask), Low(orMask)];

    /// <summary>Read/Write Multiple Registers, request (§6.17).</summary>
    public static byte[] ReadWriteMultipleRegistersRequest(
        ushort readStart, ushort readQuantity, ushort writeStart, params ReadOnlySpan<ushort> values) =>
        [23, High(readStart), Low(readStart), High(readQuantity), Low(readQuantity), High(writeStart), Low(writeStart),
            High(values.Length), Low(values.Length), (byte)(values.Length * 2), .. Bytes(values)];

    /// <summary>Read/Write Multiple Registers, response (§6.17).</summary>
    public static byte[] ReadWriteMultipleRegistersResponse(params ReadOnlySpan<ushort> values) =>
        RegisterResponse(23, values);

    /// <summary>Read FIFO Queue, request (§6.18).</summary>
    public static byte[] ReadFifoQueueRequest(ushort address) => [24, High(address), Low(address)];

    /// <summary>Read FIFO Queue, response (§6.18).</summary>
    public static byte[] ReadFifoQueueResponse(params ReadOnlySpan<ushort> values)
    {
        var count = 2 + values.Length * 2;
        return [24, High(count), Low(count), High(values.Length), Low(values.Length), .. Bytes(values)];
    }

    /// <summary>Encapsulated Interface Transport with any MEI type, request and response alike (§6.19).</summary>
    public static byte[] Encapsulated(byte meiType, params ReadOnlySpan<byte> data) => [43, meiType, .. data];

    /// <summary>CANopen General Reference, MEI type 13 (§6.20).</summary>
    public static byte[] CanOpenGeneralReference(params ReadOnlySpan<byte> data) => [43, 13, .. data];

    /// <summary>Read Device Identification, request (§6.21).</summary>
    /// <param name="readCode">1 basic, 2 regular, 3 extended, 4 one object.</param>
    /// <param name="objectId">The first object.</param>
    public static byte[] ReadDeviceIdentificationRequest(byte readCode = 1, byte objectId = 0) =>
        [43, 14, readCode, objectId];

    /// <summary>Read Device Identification, response (§6.21).</summary>
    /// <param name="readCode">As in the request.</param>
    /// <param name="conformity">Conformity level: 0x01 to 0x03, 0x81 to 0x83 with individual access.</param>
    /// <param name="objects">Identifier and text of each object.</param>
    /// <param name="nextObject">Where to go on; 0 where all was said.</param>
    public static byte[] ReadDeviceIdentificationResponse(
        byte readCode, byte conformity, IReadOnlyList<(byte Id, string Text)> objects, byte? nextObject = null)
    {
        ArgumentNullException.ThrowIfNull(objects);
        var pdu = new List<byte>
        {
            43, 14, readCode, conformity, nextObject is null ? (byte)0 : (byte)0xFF, nextObject ?? 0,
            (byte)objects.Count,
        };
        foreach (var (id, text) in objects)
        {
            var bytes = Encoding.ASCII.GetBytes(text);
            pdu.Add(id);
            pdu.Add((byte)bytes.Length);
            pdu.AddRange(bytes);
        }

        return [.. pdu];
    }

    /// <summary>The vendor function 90 by which one maker's engineering tools load programs.</summary>
    /// <param name="session">Session byte.</param>
    /// <param name="code">The vendor's own function.</param>
    /// <param name="data">Its data.</param>
    public static byte[] Vendor90(byte session, byte code, params ReadOnlySpan<byte> data) =>
        [90, session, code, .. data];

    private static byte[] BitResponse(byte function, ReadOnlySpan<bool> values)
    {
        var packed = Pack(values);
        return [function, (byte)packed.Length, .. packed];
    }

    private static byte[] RegisterResponse(byte function, ReadOnlySpan<ushort> values) =>
        [function, (byte)(values.Length * 2), .. Bytes(values)];

    private static void AddRecordHead(List<byte> body, FileRecord record) => body.AddRange(
    [
        6, High(record.File), Low(record.File), High(record.Record), Low(record.Record),
        High(record.Registers.Length), Low(record.Registers.Length),
    ]);

    // The first coil is the least significant bit of the first byte.
    private static byte[] Pack(ReadOnlySpan<bool> values)
    {
        var packed = new byte[(values.Length + 7) / 8];
        for (var i = 0; i < values.Length; i++)
            if (values[i]) packed[i / 8] |= (byte)(1 << i % 8);
        return packed;
    }

    private static byte[] Bytes(ReadOnlySpan<ushort> values)
    {
        var bytes = new byte[values.Length * 2];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(i * 2), values[i]);
        return bytes;
    }

    private static byte High(int value) => (byte)(value >> 8);

    private static byte Low(int value) => (byte)value;
}
