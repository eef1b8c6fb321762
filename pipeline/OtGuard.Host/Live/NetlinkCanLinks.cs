using System.Runtime.InteropServices;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;

namespace OtGuard.Host.Live;

/// <summary>Asks the kernel for the CAN interfaces and their modes.</summary>
/// <remarks>
/// rtnetlink(7). The question is a message to the kernel on a socket that reaches nothing else; it stands here and not
/// among the collectors because those call nothing that sends at all. Reading needs no rights.
/// </remarks>
internal sealed partial class NetlinkCanLinks : ICanLinks, IDisposable
{
    private const int FamilyNetlink = 16;
    private const int SocketRaw = 3;
    private const int SocketCloseOnExec = 0x80000;
    private const int ProtocolRoute = 0;

    /// <summary>What the kernel fills at most with one read of a dump (NLMSG_GOODSIZE allows 8 KiB, newer ones 32).</summary>
    private const int DatagramBytes = 64 * 1024;

    /// <summary>Creates the questioner.</summary>
    /// <param name="keepsOpen">
    /// Opens its socket now and keeps it, for a process that may open none later. Where that fails, asking does.
    /// </param>
    public NetlinkCanLinks(bool keepsOpen = false)
    {
        if (keepsOpen && OperatingSystem.IsLinux()) Descriptor = Open();
    }

    /// <summary>The socket that is kept, or -1.</summary>
    public int Descriptor { get; private set; } = -1;

    /// <inheritdoc/>
    public IReadOnlyList<CanLink> All()
    {
        if (!OperatingSystem.IsLinux()) return [];
        if (Descriptor >= 0) return Ask(Descriptor);
        var socket = Open();
        if (socket < 0) throw Fault();
        try
        {
            return Ask(socket);
        }
        finally
        {
            _ = Close(socket);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Descriptor >= 0) _ = Close(Descriptor);
        Descriptor = -1;
    }

    private static int Open() => OpenSocket(FamilyNetlink, SocketRaw | SocketCloseOnExec, ProtocolRoute);

    private static List<CanLink> Ask(int socket)
    {
        Span<byte> request = stackalloc byte[CanLinkMessage.RequestBytes];
        CanLinkMessage.WriteRequest(request, sequence: 1);
        if (Send(socket, request, request.Length, 0) < 0) throw Fault();
        var links = new List<CanLink>();
        var datagram = new byte[DatagramBytes];
        bool last;
        do
        {
            var length = Receive(socket, datagram, datagram.Length, 0);
            if (length <= 0) throw Fault();
            last = CanLinkMessage.Read(datagram.AsSpan(0, (int)length), links);
        }
        while (!last);
        return links;
    }

    private static LiveSourceException Fault() =>
        new($"The kernel could not be asked for its interfaces: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> data, nint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int socket, Span<byte> data, nint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
