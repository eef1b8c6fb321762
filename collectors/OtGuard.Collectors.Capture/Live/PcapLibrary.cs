using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OtGuard.Collectors.Capture.Live;

/// <summary>What is called of libpcap besides SharpPcap, and of the C library. Nothing here sends.</summary>
internal static unsafe partial class PcapLibrary
{
    public const short PollIn = 1;

    private const string Pcap = "pcap";

    /// <summary>Debian's name first, then that of other distributions.</summary>
    private static readonly string[] FileNames = ["libpcap.so.0.8", "libpcap.so.1", "libpcap.so"];

    /// <summary>pcap_stats(3PCAP). SharpPcap reads its fields as pointer-sized and so finds no drop.</summary>
    [LibraryImport(Pcap, EntryPoint = "pcap_stats")]
    public static partial int Statistics(nint handle, PcapStatistics* statistics);

    /// <summary>The descriptor that becomes readable when frames wait, -1 where there is none.</summary>
    [LibraryImport(Pcap, EntryPoint = "pcap_get_selectable_fd")]
    public static partial int SelectableDescriptor(nint handle);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [ModuleInitializer]
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Usage", "CA2255", Justification = "The name of the library differs between distributions; nothing else is done.")]
    internal static void FindLibrary() => NativeLibrary.SetDllImportResolver(typeof(PcapLibrary).Assembly, Resolve);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Pcap) return 0;
        foreach (var file in FileNames)
            if (NativeLibrary.TryLoad(file, out var library)) return library;
        return 0;
    }
}

/// <summary>struct pcap_stat: three unsigned integers of C.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcapStatistics
{
    /// <summary>Received by the filter, those dropped included.</summary>
    public uint Received;

    /// <summary>Dropped for want of room in the buffer.</summary>
    public uint Dropped;

    /// <summary>Dropped by the interface, where libpcap knows.</summary>
    public uint DroppedByInterface;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}

/// <summary>struct pcap_pkthdr where a long has 64 bits.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PcapPacketHeader
{
    public long Seconds;

    /// <summary>Nanoseconds or microseconds, as the device was opened.</summary>
    public long Fraction;
    public uint CapturedBytes;
    public uint WireBytes;
}
