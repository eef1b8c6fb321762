using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace OtGuard.Collectors.Can.Live.Pcan;

/// <summary>What is called of PEAK's library. CAN_Write and CAN_WriteFD are not here, and must not be.</summary>
/// <remarks>PCANBasic.h of PCAN-Basic 4.7 and later; the same on Linux and Windows.</remarks>
internal static unsafe partial class PcanLibrary
{
    private const string Library = "PCANBasic";

    /// <summary>Names the library's file where the loader does not find it by itself.</summary>
    private const string PathVariable = "OTGUARD_PCANBASIC";

    private const int ErrorTextBytes = 256;

    static PcanLibrary() => NativeLibrary.SetDllImportResolver(typeof(PcanLibrary).Assembly, Resolve);

    [LibraryImport(Library, EntryPoint = "CAN_Initialize")]
    public static partial PcanStatus Initialize(ushort channel, ushort timing, byte hardware, uint port, ushort interrupt);

    [LibraryImport(Library, EntryPoint = "CAN_InitializeFD", StringMarshalling = StringMarshalling.Utf8)]
    public static partial PcanStatus InitializeFd(ushort channel, string timing);

    [LibraryImport(Library, EntryPoint = "CAN_Uninitialize")]
    public static partial PcanStatus Uninitialize(ushort channel);

    [LibraryImport(Library, EntryPoint = "CAN_GetStatus")]
    public static partial PcanStatus GetStatus(ushort channel);

    [LibraryImport(Library, EntryPoint = "CAN_Read")]
    public static partial PcanStatus Read(ushort channel, PcanMessage* message, PcanTimestamp* timestamp);

    [LibraryImport(Library, EntryPoint = "CAN_ReadFD")]
    public static partial PcanStatus ReadFd(ushort channel, PcanMessageFd* message, ulong* microseconds);

    [LibraryImport(Library, EntryPoint = "CAN_GetValue")]
    public static partial PcanStatus GetValue(ushort channel, PcanParameter parameter, void* buffer, uint bytes);

    [LibraryImport(Library, EntryPoint = "CAN_SetValue")]
    public static partial PcanStatus SetValue(ushort channel, PcanParameter parameter, void* buffer, uint bytes);

    [LibraryImport(Library, EntryPoint = "CAN_GetErrorText")]
    public static partial PcanStatus GetErrorText(PcanStatus status, ushort language, byte* buffer);

    /// <summary>A number a channel has for a parameter, null where it has none.</summary>
    public static uint? Value(ushort channel, PcanParameter parameter)
    {
        uint value = 0;
        return GetValue(channel, parameter, &value, sizeof(uint)) == PcanStatus.Ok ? value : null;
    }

    /// <summary>Sets a parameter to a number.</summary>
    public static PcanStatus Set(ushort channel, PcanParameter parameter, uint value) =>
        SetValue(channel, parameter, &value, sizeof(uint));

    /// <summary>A text a channel has for a parameter, null where it has none.</summary>
    public static string? Text(ushort channel, PcanParameter parameter)
    {
        var buffer = stackalloc byte[ErrorTextBytes];
        new Span<byte>(buffer, ErrorTextBytes).Clear();
        return GetValue(channel, parameter, buffer, ErrorTextBytes) == PcanStatus.Ok ? ToText(buffer) : null;
    }

    /// <summary>The library's own words for a status, in English.</summary>
    public static string ErrorText(PcanStatus status)
    {
        const ushort english = 9;
        var buffer = stackalloc byte[ErrorTextBytes];
        new Span<byte>(buffer, ErrorTextBytes).Clear();
        var text = GetErrorText(status, english, buffer) == PcanStatus.Ok ? ToText(buffer).TrimEnd('.', ' ') : "";
        return text.Length > 0 ? $"{text} (0x{(uint)status:X})" : $"status 0x{(uint)status:X}";
    }

    private static string ToText(byte* buffer)
    {
        var bytes = new ReadOnlySpan<byte>(buffer, ErrorTextBytes);
        var end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? paths)
    {
        if (name != Library) return 0;
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path) return NativeLibrary.Load(path);
        var file = OperatingSystem.IsWindows() ? "PCANBasic.dll" : "libpcanbasic.so";
        return NativeLibrary.TryLoad(file, assembly, paths, out var handle) ? handle : 0;
    }
}

/// <summary>TPCANMsg.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PcanMessage
{
    public uint Id;
    public PcanMessageType Type;
    public byte Length;
    public fixed byte Data[8];
}

/// <summary>TPCANTimestamp.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcanTimestamp
{
    public uint Milliseconds;
    public ushort Overflows;
    public ushort Microseconds;

    /// <summary>The whole stamp.</summary>
    public readonly ulong TotalMicroseconds => Microseconds + 1000UL * Milliseconds + 0x1_0000_0000UL * 1000 * Overflows;
}

/// <summary>TPCANMsgFD.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PcanMessageFd
{
    public uint Id;
    public PcanMessageType Type;
    public byte LengthCode;
    public fixed byte Data[64];
}

/// <summary>Bits of a message's type.</summary>
[Flags]
internal enum PcanMessageType : byte
{
    Standard = 0,
    Remote = 0x01,
    Extended = 0x02,
    Fd = 0x04,
    BitRateSwitch = 0x08,
    ErrorStateIndicator = 0x10,
    Echo = 0x20,
    ErrorFrame = 0x40,
    Status = 0x80,
}

/// <summary>Parameters of a channel.</summary>
internal enum PcanParameter : byte
{
    ApiVersion = 0x05,
    ListenOnly = 0x08,
    ChannelCondition = 0x0D,
    HardwareName = 0x0E,
    ChannelFeatures = 0x16,
    AllowStatusFrames = 0x1E,
    AllowErrorFrames = 0x20,
    AttachedChannelsCount = 0x2A,
    AttachedChannels = 0x2B,
}

/// <summary>What a call says; bits may come together.</summary>
[Flags]
internal enum PcanStatus : uint
{
    Ok = 0,
    Overrun = 0x2,
    BusLight = 0x4,
    BusHeavy = 0x8,
    BusOff = 0x10,
    QueueEmpty = 0x20,
    QueueOverrun = 0x40,
    NoDriver = 0x200,
    HardwareInUse = 0x400,
    NetInUse = 0x800,

    /// <summary>One of "hardware", "net" and "client handle is invalid": the bits 0x400, 0x800 and 0x1000 together.</summary>
    IllegalHandle = 0x1C00,
    IllegalHardware = 0x1400,
    IllegalParameterType = 0x4000,
    IllegalParameterValue = 0x8000,
    IllegalData = 0x20000,
    BusPassive = 0x40000,
    Caution = 0x2000000,
    NotInitialized = 0x4000000,

    /// <summary>The bits that say how the controller stands to the bus.</summary>
    AnyBus = BusLight | BusHeavy | BusOff | BusPassive,
}
