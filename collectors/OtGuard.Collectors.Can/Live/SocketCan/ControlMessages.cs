using System.Runtime.InteropServices;

namespace OtGuard.Collectors.Can.Live.SocketCan;

/// <summary>What the kernel says beside a frame: when it came, and how many were lost before it.</summary>
/// <remarks>cmsg(3), socket(7), Documentation/networking/timestamping.rst. Reads nothing outside of the span.</remarks>
internal struct ControlMessages
{
    private const int HeaderBytes = 16;

    /// <summary>The adapter's stamp in nanoseconds of its own clock, 0 where it has none.</summary>
    public long Hardware { get; private set; }

    /// <summary>The kernel's stamp in nanoseconds since the Unix epoch, 0 where it gave none.</summary>
    public long System { get; private set; }

    /// <summary>Frames that found the socket's queue full since it was opened, as a number of 32 bits; null where none did.</summary>
    public uint? Dropped { get; private set; }

    /// <summary>Reads the control messages of one frame.</summary>
    public static ControlMessages Read(ReadOnlySpan<byte> control)
    {
        var read = new ControlMessages();
        while (control.Length >= HeaderBytes)
        {
            var length = MemoryMarshal.Read<ulong>(control);
            if (length < HeaderBytes || length > (ulong)control.Length) break;
            var data = control[HeaderBytes..(int)length];
            if (MemoryMarshal.Read<int>(control[8..]) == KernelCalls.LevelSocket)
                read.Take(MemoryMarshal.Read<int>(control[12..]), data);
            control = control[Math.Min((int)length + 7 & ~7, control.Length)..];
        }

        return read;
    }

    private void Take(int type, ReadOnlySpan<byte> data)
    {
        const int timeBytes = 16;
        if (type == KernelCalls.Timestamping && data.Length >= 3 * timeBytes)
        {
            System = Nanoseconds(data);
            Hardware = Nanoseconds(data[(2 * timeBytes)..]);
        }
        else if (type == KernelCalls.TimestampNanoseconds && data.Length >= timeBytes)
        {
            System = Nanoseconds(data);
        }
        else if (type == KernelCalls.ReceiveOverflow && data.Length >= 4)
        {
            Dropped = MemoryMarshal.Read<uint>(data);
        }
    }

    private static long Nanoseconds(ReadOnlySpan<byte> time) =>
        CaptureTime.FromSeconds(MemoryMarshal.Read<long>(time), MemoryMarshal.Read<long>(time[8..])).UnixNanoseconds;
}
