using System.Runtime.InteropServices;

namespace OtGuard.Collectors.Can.Live.SocketCan;

/// <summary>What the source calls of the C library. Nothing here sends, and nothing that sends may be added.</summary>
/// <remarks>
/// Numbers are those of Linux on 64-bit x86 and ARM. <see cref="SafeHandle"/>s are left out, so that a call costs no
/// more than itself; the one that owns the descriptor closes it.
/// </remarks>
internal static unsafe partial class KernelCalls
{
    public const int FamilyCan = 29;
    public const int SocketRaw = 3;
    public const int SocketCloseOnExec = 0x80000;
    public const int ProtocolCanRaw = 1;

    public const int LevelSocket = 1;
    public const int LevelCanRaw = 101;

    public const int ReceiveBufferBytes = 8;
    public const int TimestampNanoseconds = 35;
    public const int Timestamping = 37;
    public const int ReceiveOverflow = 40;

    public const int CanErrorFilter = 2;
    public const int CanFdFrames = 5;
    public const int CanXlFrames = 7;

    public const int MessageDontWait = 0x40;
    public const int MessageTruncated = 0x20;
    public const int MessageFromThisHost = 0x4;

    public const short PollIn = 1;
    public const int ShutdownWrite = 1;

    public const int Interrupted = 4;
    public const int TryAgain = 11;
    public const int NoSuchDevice = 19;
    public const int FamilyUnknown = 97;
    public const int ProtocolUnknown = 93;
    public const int NetworkDown = 100;
    public const int NoBuffers = 105;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int OpenSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, CanAddress* address, uint bytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetOption(int socket, int level, int option, void* value, uint bytes);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint Receive(int socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);
}

/// <summary>struct sockaddr_can (linux/can.h).</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
internal struct CanAddress
{
    public ushort Family;
    public int Index;
}

/// <summary>struct iovec.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct DataVector
{
    public void* Base;
    public nuint Bytes;
}

/// <summary>struct msghdr.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct MessageHeader
{
    public void* Name;
    public uint NameBytes;
    public DataVector* Vectors;
    public nuint VectorCount;
    public void* Control;
    public nuint ControlBytes;
    public int Flags;
}

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollEntry
{
    public int Descriptor;
    public short Events;
    public short Returned;
}
