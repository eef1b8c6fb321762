using System.Globalization;
using System.Runtime.InteropServices;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Live;

/// <summary>Takes the frames of simulated buses while they are played live.</summary>
public interface ILiveCanSink : ICanSink, IDisposable
{
    /// <summary>Hands on what was kept back; called when nothing more is due at the moment.</summary>
    void Flush();
}

/// <summary>Sends frames through raw CAN sockets of Linux, one interface for each bus.</summary>
/// <remarks>Documentation/networking/can.rst; include/uapi/linux/can.h.</remarks>
public sealed partial class SocketCanSender : ILiveCanSink
{
    private const int FamilyCan = 29;
    private const int SocketRaw = 3;
    private const int SocketCloseOnExec = 0x80000;
    private const int ProtocolRaw = 1;
    private const int LevelCanRaw = 101;
    private const int OptionFdFrames = 5;
    private const int OptionFilter = 1;
    private const int DoNotWait = 0x40;
    private const int NoBufferSpace = 105;
    private const int TryAgain = 11;
    private const int ClassicBytes = 16;
    private const int FdBytes = 72;
    private const uint ExtendedFlag = 0x8000_0000;
    private const uint RemoteFlag = 0x4000_0000;
    private const uint ErrorFlag = 0x2000_0000;

    private readonly List<Interface> _interfaces = [];

    /// <summary>Opens the interfaces: the first one takes the frames of the first bus, and so on.</summary>
    /// <exception cref="LiveException">There is no such interface, it is down, or this machine knows no CAN.</exception>
    public SocketCanSender(IReadOnlyList<string> interfaces)
    {
        ArgumentNullException.ThrowIfNull(interfaces);
        try
        {
            foreach (var name in interfaces) _interfaces.Add(Open(name));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Frames sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Frames that an interface did not take: its queue was full.</summary>
    public long Dropped { get; private set; }

    /// <summary>
    /// Error frames left out: they are what a controller reports, and a true one reports its own. A virtual interface
    /// takes them.
    /// </summary>
    public long ErrorsLeftOut { get; private set; }

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var to = _interfaces[frame.Channel];
        if (frame.IsError && !to.IsVirtual)
        {
            ErrorsLeftOut++;
            return;
        }

        Span<byte> message = stackalloc byte[FdBytes];
        message.Clear();
        var id = frame.Id | (frame.IsExtended ? ExtendedFlag : 0) | (frame.IsRemote ? RemoteFlag : 0)
            | (frame.IsError ? ErrorFlag : 0);
        MemoryMarshal.Write(message, id);
        message[4] = (byte)frame.Length;
        if (frame.IsFd)
        {
            message[5] = (byte)((frame.Flags & CanFrameTypes.BitRateSwitch) != 0 ? 1 : 0);
            if ((frame.Flags & CanFrameTypes.ErrorStateIndicator) != 0) message[5] |= 2;
        }

        frame.Data.CopyTo(message[8..]);
        var length = frame.IsFd ? FdBytes : ClassicBytes;
        if (Send(to.Socket, message[..length], length, DoNotWait) == length)
        {
            Sent++;
            return;
        }

        if (Marshal.GetLastPInvokeError() is not (NoBufferSpace or TryAgain)) throw Fault($"{to.Name} takes no frames");
        Dropped++;
    }

    /// <inheritdoc/>
    public void Flush()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var each in _interfaces) _ = Close(each.Socket);
        _interfaces.Clear();
    }

    private static Interface Open(string name)
    {
        if (!OperatingSystem.IsLinux()) throw new LiveException("CAN interfaces of this kind are a matter of Linux.");
        var folder = Path.Combine("/sys/class/net", name);
        if (name.Contains('/', StringComparison.Ordinal) || !File.Exists(Path.Combine(folder, "ifindex")))
            throw new LiveException($"There is no interface {name}: 'ip link add dev {name} type vcan' makes a virtual one.");
        var index = int.Parse(File.ReadAllText(Path.Combine(folder, "ifindex")), CultureInfo.InvariantCulture);
        var socket = OpenSocket(FamilyCan, SocketRaw | SocketCloseOnExec, ProtocolRaw);
        if (socket < 0) throw Fault("This machine opens no CAN socket");
        try
        {
            // struct sockaddr_can: family, two bytes unused, index, eight bytes for other protocols.
            Span<byte> address = stackalloc byte[24];
            address.Clear();
            MemoryMarshal.Write(address, (ushort)FamilyCan);
            MemoryMarshal.Write(address[4..], index);
            Span<byte> yes = stackalloc byte[4];
            MemoryMarshal.Write(yes, 1);
            if (SetOption(socket, LevelCanRaw, OptionFdFrames, yes, yes.Length) != 0
                // An empty list of filters: nothing is received.
                || SetOption(socket, LevelCanRaw, OptionFilter, default, 0) != 0
                || Bind(socket, address, address.Length) != 0)
            {
                throw Fault($"{name} cannot be used");
            }
        }
        catch
        {
            _ = Close(socket);
            throw;
        }

        return new Interface(name, socket, IsVirtual: !Directory.Exists(Path.Combine(folder, "device")));
    }

    private static LiveException Fault(string what) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int socket, ReadOnlySpan<byte> address, int bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int socket, int level, int option, ReadOnlySpan<byte> value, int bytes);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> data, nint bytes, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);

    private sealed record Interface(string Name, int Socket, bool IsVirtual);
}
