namespace OtGuard.Collectors.Modbus;

/// <summary>
/// The limits the standard sets, each function's its own: limits that happen to have the same number are not the same
/// limit. Sections are those of the Modbus Application Protocol Specification V1.1b3 unless another document is named.
/// </summary>
internal static class ModbusLimits
{
    /// <summary>
    /// MBAP header without the unit identifier: transaction, protocol, length. Messaging on TCP/IP V1.0b §3.1.3.
    /// </summary>
    public const int MbapPrefixBytes = 6;

    /// <summary>MBAP header up to and with the unit identifier. Messaging on TCP/IP V1.0b §3.1.3.</summary>
    public const int MbapHeaderBytes = 7;

    /// <summary>The only protocol identifier that is Modbus. Messaging on TCP/IP V1.0b §3.1.3.</summary>
    public const ushort MbapProtocolIdentifier = 0;

    /// <summary>
    /// Least value of the length field: unit identifier and function code. Messaging on TCP/IP V1.0b §3.1.3.
    /// </summary>
    public const int MbapLengthMinimum = 2;

    /// <summary>Greatest value of the length field: unit identifier and the longest PDU. §4.1.</summary>
    public const int MbapLengthMaximum = 1 + PduMaximumBytes;

    /// <summary>The longest PDU. §4.1.</summary>
    public const int PduMaximumBytes = 253;

    /// <summary>The longest ADU on TCP: MBAP header and the longest PDU. §4.1.</summary>
    public const int TcpAduMaximumBytes = 260;

    /// <summary>The shortest RTU frame: address, function code, CRC. Serial Line V1.02 §2.5.1.</summary>
    public const int RtuAduMinimumBytes = 4;

    /// <summary>The longest RTU frame. Serial Line V1.02 §2.5.1.</summary>
    public const int RtuAduMaximumBytes = 256;

    /// <summary>The CRC that ends an RTU frame. Serial Line V1.02 §2.5.1.2.</summary>
    public const int RtuCrcBytes = 2;

    /// <summary>The RTU address every server listens to and none answers. Serial Line V1.02 §2.2.</summary>
    public const byte RtuBroadcastAddress = 0;

    /// <summary>The highest address of a single server. Serial Line V1.02 §2.2.</summary>
    public const byte UnitMaximum = 247;

    /// <summary>
    /// The unit identifier of a server that is reached by its IP address alone. Messaging on TCP/IP V1.0b §4.4.1.
    /// </summary>
    public const byte UnitNotSignificant = 255;

    /// <summary>Objects of one table: addresses are 16 bits. §4.4.</summary>
    public const int TableSize = 65536;

    /// <summary>Read Coils, quantity 1 to 2000. §6.1.</summary>
    public const int ReadCoilsQuantityMaximum = 2000;

    /// <summary>Read Discrete Inputs, quantity 1 to 2000. §6.2.</summary>
    public const int ReadDiscreteInputsQuantityMaximum = 2000;

    /// <summary>Read Holding Registers, quantity 1 to 125. §6.3.</summary>
    public const int ReadHoldingRegistersQuantityMaximum = 125;

    /// <summary>Read Input Registers, quantity 1 to 125. §6.4.</summary>
    public const int ReadInputRegistersQuantityMaximum = 125;

    /// <summary>Write Single Coil, the value for ON. §6.5.</summary>
    public const ushort WriteSingleCoilOn = 0xFF00;

    /// <summary>Write Single Coil, the value for OFF. §6.5.</summary>
    public const ushort WriteSingleCoilOff = 0x0000;

    /// <summary>Diagnostics, Restart Communications Option: the data that also clears the event log. §6.8.1.</summary>
    public const ushort RestartCommunicationsClearLog = 0xFF00;

    /// <summary>Get Comm Event Log: status, event count and message count before the events. §6.10.</summary>
    public const int CommEventLogFixedBytes = 6;

    /// <summary>Get Comm Event Log: events at most. §6.10.</summary>
    public const int CommEventLogEventsMaximum = 64;

    /// <summary>Write Multiple Coils, quantity 1 to 1968. §6.11.</summary>
    public const int WriteMultipleCoilsQuantityMaximum = 1968;

    /// <summary>Write Multiple Registers, quantity 1 to 123. §6.12.</summary>
    public const int WriteMultipleRegistersQuantityMaximum = 123;

    /// <summary>Read File Record, byte count of a request at least. §6.14.</summary>
    public const int ReadFileRecordRequestBytesMinimum = 0x07;

    /// <summary>Read File Record, byte count of a request at most. §6.14.</summary>
    public const int ReadFileRecordRequestBytesMaximum = 0xF5;

    /// <summary>
    /// Read File Record, byte count of a response at least: length, reference type and one register. §6.14 states 0x07,
    /// which is the request's; by its own layout a response with one register has 4.
    /// </summary>
    public const int ReadFileRecordResponseBytesMinimum = 0x04;

    /// <summary>Read File Record, byte count of a response at most. §6.14.</summary>
    public const int ReadFileRecordResponseBytesMaximum = 0xF5;

    /// <summary>Read and Write File Record: the only reference type. §6.14, §6.15.</summary>
    public const byte FileReferenceType = 6;

    /// <summary>Read and Write File Record: file numbers begin at 1. §6.14, §6.15.</summary>
    public const int FileNumberMinimum = 1;

    /// <summary>Read and Write File Record: the highest record number. §6.14, §6.15.</summary>
    public const int FileRecordNumberMaximum = 0x270F;

    /// <summary>
    /// Bytes of one sub-request: reference type, file number, record number, record length. §6.14, §6.15.
    /// </summary>
    public const int FileSubRequestBytes = 7;

    /// <summary>Write File Record, request data length at least. §6.15.</summary>
    public const int WriteFileRecordBytesMinimum = 0x09;

    /// <summary>Write File Record, request data length at most. §6.15.</summary>
    public const int WriteFileRecordBytesMaximum = 0xFB;

    /// <summary>Read/Write Multiple Registers, quantity to read 1 to 125. §6.17.</summary>
    public const int ReadWriteReadQuantityMaximum = 125;

    /// <summary>Read/Write Multiple Registers, quantity to write 1 to 121. §6.17.</summary>
    public const int ReadWriteWriteQuantityMaximum = 121;

    /// <summary>Read FIFO Queue, registers in the queue at most. §6.18.</summary>
    public const int FifoCountMaximum = 31;

    /// <summary>Read Device Identification, the lowest read device ID code. §6.21.</summary>
    public const byte ReadDeviceIdCodeMinimum = 1;

    /// <summary>Read Device Identification, the highest read device ID code. §6.21.</summary>
    public const byte ReadDeviceIdCodeMaximum = 4;

    /// <summary>Read Device Identification, the value of More Follows that says so. §6.21.</summary>
    public const byte MoreFollows = 0xFF;

    /// <summary>Exception codes are 1 to 6, 8, 10 and 11. §7.</summary>
    public static bool IsExceptionCode(int code) => code is >= 1 and <= 6 or 8 or 10 or 11;

    /// <summary>
    /// Read Device Identification, conformity levels: 1 to 3, with bit 7 for individual access. §6.21.
    /// </summary>
    public static bool IsConformityLevel(byte level) => (level & 0x7F) is >= 1 and <= 3;
}
