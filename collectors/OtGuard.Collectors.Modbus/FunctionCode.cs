using System.Globalization;

namespace OtGuard.Collectors.Modbus;

/// <summary>To whom a function code belongs.</summary>
public enum FunctionCodeClass : byte
{
    /// <summary>Function code 0, which is not valid.</summary>
    Zero,

    /// <summary>Assigned to a public function of the standard.</summary>
    Assigned,

    /// <summary>In a public range, with no function assigned to it.</summary>
    Unassigned,

    /// <summary>65 to 72 and 100 to 110: free for every vendor.</summary>
    UserDefined,

    /// <summary>Taken by companies for legacy products and not available for public use.</summary>
    Reserved,

    /// <summary>90, Schneider Electric's UMAS: reserved, and met in the field every day.</summary>
    Vendor,

    /// <summary>128 and above: an exception response, never a request.</summary>
    Exception,
}

/// <summary>A function code. An open set: an unknown number survives and is named by itself.</summary>
/// <param name="Value">The byte on the wire.</param>
/// <remarks>Modbus Application Protocol V1.1b3 §5.</remarks>
public readonly record struct FunctionCode(byte Value)
{
    /// <summary>The bit that makes a function code that of an exception response (§7).</summary>
    public const byte ExceptionBit = 0x80;

    internal const byte ReadCoils = 1;
    internal const byte ReadDiscreteInputs = 2;
    internal const byte ReadHoldingRegisters = 3;
    internal const byte ReadInputRegisters = 4;
    internal const byte WriteSingleCoil = 5;
    internal const byte WriteSingleRegister = 6;
    internal const byte ReadExceptionStatus = 7;
    internal const byte Diagnostics = 8;
    internal const byte GetCommEventCounter = 11;
    internal const byte GetCommEventLog = 12;
    internal const byte WriteMultipleCoils = 15;
    internal const byte WriteMultipleRegisters = 16;
    internal const byte ReportServerId = 17;
    internal const byte ReadFileRecord = 20;
    internal const byte WriteFileRecord = 21;
    internal const byte MaskWriteRegister = 22;
    internal const byte ReadWriteMultipleRegisters = 23;
    internal const byte ReadFifoQueue = 24;
    internal const byte EncapsulatedInterfaceTransport = 43;
    internal const byte Umas = 90;

    private static readonly string[] Names = MakeNames();

    /// <summary>True for the function code of an exception response.</summary>
    public bool IsException => Value >= ExceptionBit;

    /// <summary>The function code without the exception bit.</summary>
    public FunctionCode Function => new((byte)(Value & ~ExceptionBit));

    /// <summary>To whom it belongs.</summary>
    /// <remarks>Modbus Application Protocol V1.1b3 §5, §5.1 and Annex A.</remarks>
    public FunctionCodeClass Class => Value switch
    {
        0 => FunctionCodeClass.Zero,
        >= 1 and <= 8 or 11 or 12 or >= 15 and <= 17 or >= 20 and <= 24 or 43 => FunctionCodeClass.Assigned,
        >= 65 and <= 72 or >= 100 and <= 110 => FunctionCodeClass.UserDefined,
        Umas => FunctionCodeClass.Vendor,
        9 or 10 or 13 or 14 or 41 or 42 or 91 or 125 or 126 or 127 => FunctionCodeClass.Reserved,
        < ExceptionBit => FunctionCodeClass.Unassigned,
        _ => FunctionCodeClass.Exception,
    };

    /// <summary>The standard's name in one word, <c>FunctionN</c> where it has none.</summary>
    public string Name => Names[Value];

    /// <summary>The name for people: <c>read holding registers</c>; an empty text where the standard has none.</summary>
    public string Text => Value switch
    {
        ReadCoils => "read coils",
        ReadDiscreteInputs => "read discrete inputs",
        ReadHoldingRegisters => "read holding registers",
        ReadInputRegisters => "read input registers",
        WriteSingleCoil => "write single coil",
        WriteSingleRegister => "write single register",
        ReadExceptionStatus => "read exception status",
        Diagnostics => "diagnostics",
        GetCommEventCounter => "get communication event counter",
        GetCommEventLog => "get communication event log",
        WriteMultipleCoils => "write multiple coils",
        WriteMultipleRegisters => "write multiple registers",
        ReportServerId => "report server identifier",
        ReadFileRecord => "read file record",
        WriteFileRecord => "write file record",
        MaskWriteRegister => "mask write register",
        ReadWriteMultipleRegisters => "read and write multiple registers",
        ReadFifoQueue => "read FIFO queue",
        EncapsulatedInterfaceTransport => "encapsulated interface transport",
        Umas => "vendor function (UMAS)",
        _ => "",
    };

    private static string[] MakeNames()
    {
        var names = new string[256];
        for (var code = 0; code < names.Length; code++)
            names[code] = "Function" + code.ToString(CultureInfo.InvariantCulture);
        names[ReadCoils] = nameof(ReadCoils);
        names[ReadDiscreteInputs] = nameof(ReadDiscreteInputs);
        names[ReadHoldingRegisters] = nameof(ReadHoldingRegisters);
        names[ReadInputRegisters] = nameof(ReadInputRegisters);
        names[WriteSingleCoil] = nameof(WriteSingleCoil);
        names[WriteSingleRegister] = nameof(WriteSingleRegister);
        names[ReadExceptionStatus] = nameof(ReadExceptionStatus);
        names[Diagnostics] = nameof(Diagnostics);
        names[GetCommEventCounter] = nameof(GetCommEventCounter);
        names[GetCommEventLog] = nameof(GetCommEventLog);
        names[WriteMultipleCoils] = nameof(WriteMultipleCoils);
        names[WriteMultipleRegisters] = nameof(WriteMultipleRegisters);
        names[ReportServerId] = nameof(ReportServerId);
        names[ReadFileRecord] = nameof(ReadFileRecord);
        names[WriteFileRecord] = nameof(WriteFileRecord);
        names[MaskWriteRegister] = nameof(MaskWriteRegister);
        names[ReadWriteMultipleRegisters] = nameof(ReadWriteMultipleRegisters);
        names[ReadFifoQueue] = nameof(ReadFifoQueue);
        names[EncapsulatedInterfaceTransport] = nameof(EncapsulatedInterfaceTransport);
        names[Umas] = "VendorFunction90";
        return names;
    }
}

/// <summary>MEI types of function code 43.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6.19.</remarks>
internal static class MeiType
{
    /// <summary>CANopen General Reference Request and Response PDU (§6.20).</summary>
    public const byte CanopenGeneralReference = 13;

    /// <summary>Read Device Identification (§6.21).</summary>
    public const byte ReadDeviceIdentification = 14;
}

/// <summary>Sub-functions of function code 8.</summary>
/// <remarks>Modbus Application Protocol V1.1b3 §6.8.1.</remarks>
internal static class DiagnosticsSubFunction
{
    public const int ReturnQueryData = 0;
    public const int RestartCommunications = 1;
    public const int ReturnDiagnosticRegister = 2;
    public const int ChangeAsciiInputDelimiter = 3;
    public const int ForceListenOnlyMode = 4;
    public const int ClearCounters = 10;
    public const int ReturnBusMessageCount = 11;
    public const int ReturnBusCharacterOverrunCount = 18;
    public const int ClearOverrunCounter = 20;

    /// <summary>5 to 9, 19 and everything from 21 on is reserved (§6.8.1 and Annex A).</summary>
    public static bool IsReserved(int subFunction) => subFunction is >= 5 and <= 9 or 19 or >= 21;

    /// <summary>Those that change the device's behaviour or wipe what it has recorded.</summary>
    public static bool IsControl(int subFunction) => subFunction is RestartCommunications
        or ChangeAsciiInputDelimiter or ForceListenOnlyMode or ClearCounters or ClearOverrunCounter;

    /// <summary>The sub-function for people; an empty text for a reserved one.</summary>
    public static string Text(int subFunction) => subFunction switch
    {
        ReturnQueryData => "return query data",
        RestartCommunications => "restart communications",
        ReturnDiagnosticRegister => "return diagnostic register",
        ChangeAsciiInputDelimiter => "change ASCII input delimiter",
        ForceListenOnlyMode => "force listen only mode",
        ClearCounters => "clear counters and diagnostic register",
        ReturnBusMessageCount => "return bus message count",
        12 => "return bus communication error count",
        13 => "return bus exception error count",
        14 => "return server message count",
        15 => "return server no response count",
        16 => "return server NAK count",
        17 => "return server busy count",
        ReturnBusCharacterOverrunCount => "return bus character overrun count",
        ClearOverrunCounter => "clear overrun counter and flag",
        _ => "",
    };
}
