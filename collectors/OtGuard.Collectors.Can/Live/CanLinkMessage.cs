using System.Runtime.InteropServices;
using System.Text;

namespace OtGuard.Collectors.Can.Live;

/// <summary>Reads the kernel's description of network interfaces, of which those of CAN are kept.</summary>
/// <remarks>
/// rtnetlink(7): RTM_NEWLINK messages with attributes; linux/if_link.h, linux/can/netlink.h. Numbers are in the byte
/// order of the host. Never throws for what the bytes are; reads nothing outside of them.
/// </remarks>
public static class CanLinkMessage
{
    /// <summary>Bytes of the request that asks for every interface.</summary>
    public const int RequestBytes = MessageHeaderBytes + LinkHeaderBytes;

    private const int MessageHeaderBytes = 16;
    private const int LinkHeaderBytes = 16;
    private const ushort MessageError = 2;
    private const ushort MessageDone = 3;
    private const ushort NewLink = 16;
    private const ushort GetLink = 18;
    private const ushort HardwareCan = 280;
    private const uint InterfaceUp = 1;
    private const ushort AttributeMask = 0x3FFF;

    /// <summary>Writes the request for every interface: RTM_GETLINK with NLM_F_REQUEST and NLM_F_DUMP.</summary>
    public static void WriteRequest(Span<byte> request, uint sequence)
    {
        request[..RequestBytes].Clear();
        MemoryMarshal.Write(request, (uint)RequestBytes);
        MemoryMarshal.Write(request[4..], GetLink);
        MemoryMarshal.Write(request[6..], (ushort)0x301);
        MemoryMarshal.Write(request[8..], sequence);
    }

    /// <summary>Adds the CAN interfaces of one datagram; true where it says that it was the last.</summary>
    public static bool Read(ReadOnlySpan<byte> datagram, ICollection<CanLink> links)
    {
        while (datagram.Length >= MessageHeaderBytes)
        {
            var length = MemoryMarshal.Read<uint>(datagram);
            var type = MemoryMarshal.Read<ushort>(datagram[4..]);
            if (length < MessageHeaderBytes || length > (uint)datagram.Length) return true;
            if (type is MessageDone or MessageError) return true;
            if (type == NewLink && ReadLink(datagram[MessageHeaderBytes..(int)length]) is { } link) links.Add(link);
            datagram = datagram[Math.Min(Aligned((int)length), datagram.Length)..];
        }

        return false;
    }

    private static CanLink? ReadLink(ReadOnlySpan<byte> body)
    {
        if (body.Length < LinkHeaderBytes || MemoryMarshal.Read<ushort>(body[2..]) != HardwareCan) return null;
        var link = new CanLink
        {
            Name = "",
            Index = MemoryMarshal.Read<int>(body[4..]),
            IsUp = (MemoryMarshal.Read<uint>(body[8..]) & InterfaceUp) != 0,
        };
        var attributes = body[LinkHeaderBytes..];
        while (TryTake(ref attributes, out var type, out var value))
        {
            const ushort name = 3;
            const ushort mtu = 4;
            const ushort info = 18;
            const ushort statistics64 = 23;
            if (type == name) link = link with { Name = Text(value) };
            else if (type == mtu && value.Length >= 4) link = link with { MaximumFrameBytes = MemoryMarshal.Read<int>(value) };
            else if (type == info) link = ReadInfo(value, link);
            else if (type == statistics64 && value.Length >= 16)
                link = link with
                {
                    FramesReceived = MemoryMarshal.Read<long>(value),
                    FramesSent = MemoryMarshal.Read<long>(value[8..]),
                };
        }

        return link.Name.Length == 0 ? null : link;
    }

    private static CanLink ReadInfo(ReadOnlySpan<byte> attributes, CanLink link)
    {
        while (TryTake(ref attributes, out var type, out var value))
        {
            const ushort kind = 1;
            const ushort data = 2;
            if (type == kind) link = link with { Kind = Text(value) };
            else if (type == data && link.Kind == "can") link = ReadController(value, link);
        }

        return link;
    }

    private static CanLink ReadController(ReadOnlySpan<byte> attributes, CanLink link)
    {
        while (TryTake(ref attributes, out var type, out var value))
        {
            const ushort timing = 1;
            const ushort state = 4;
            const ushort modes = 5;
            const ushort counters = 8;
            const ushort dataTiming = 9;
            const ushort modesExtended = 17;
            const ushort supported = 1;
            switch (type)
            {
                case timing when value.Length >= 4:
                    link = link with { BitsPerSecond = Rate(value) };
                    break;
                case dataTiming when value.Length >= 4:
                    link = link with { DataBitsPerSecond = Rate(value) };
                    break;
                case state when value.Length >= 4 && MemoryMarshal.Read<uint>(value) is <= 5 and var number:
                    link = link with { State = (CanControllerState)number };
                    break;
                case modes when value.Length >= 8:
                    link = link with { Modes = (CanLinkModes)MemoryMarshal.Read<uint>(value[4..]) };
                    break;
                case counters when value.Length >= 4:
                    link = link with
                    {
                        ErrorCounters = (MemoryMarshal.Read<ushort>(value), MemoryMarshal.Read<ushort>(value[2..])),
                    };
                    break;
                case modesExtended:
                    var nested = value;
                    while (TryTake(ref nested, out var inner, out var mask))
                        if (inner == supported && mask.Length >= 4)
                            link = link with { SupportedModes = (CanLinkModes)MemoryMarshal.Read<uint>(mask) };
                    break;
            }
        }

        return link;
    }

    private static long? Rate(ReadOnlySpan<byte> timing) =>
        MemoryMarshal.Read<uint>(timing) is > 0 and var rate ? rate : null;

    private static bool TryTake(ref ReadOnlySpan<byte> attributes, out ushort type, out ReadOnlySpan<byte> value)
    {
        type = 0;
        value = default;
        if (attributes.Length < 4) return false;
        int length = MemoryMarshal.Read<ushort>(attributes);
        if (length < 4 || length > attributes.Length) return false;
        type = (ushort)(MemoryMarshal.Read<ushort>(attributes[2..]) & AttributeMask);
        value = attributes[4..length];
        attributes = attributes[Math.Min(Aligned(length), attributes.Length)..];
        return true;
    }

    private static int Aligned(int length) => length + 3 & ~3;

    private static string Text(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? value : value[..end]);
    }
}
