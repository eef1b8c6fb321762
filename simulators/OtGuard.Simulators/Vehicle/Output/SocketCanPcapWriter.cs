using System.Buffers.Binary;
using OtGuard.Simulators.Vehicle.Bus;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Output;

/// <summary>Writes pcapng with one SocketCAN interface for each bus (link type 227), times in nanoseconds.</summary>
/// <remarks>
/// LINKTYPE_CAN_SOCKETCAN: identifier and flags in network byte order, length, flags of CAN FD, two bytes reserved,
/// data.
/// </remarks>
public sealed class SocketCanPcapWriter : ICanSink
{
    /// <summary>LINKTYPE_CAN_SOCKETCAN.</summary>
    public const ushort LinkType = 227;

    private const uint ExtendedFlag = 0x8000_0000;
    private const uint RemoteFlag = 0x4000_0000;
    private const uint ErrorFlag = 0x2000_0000;
    private const byte BitRateSwitchFlag = 1;
    private const byte ErrorStateFlag = 2;
    private const byte FdFlag = 4;

    private readonly PcapngWriter _writer;
    private readonly byte[] _buffer = new byte[8 + 64];

    /// <summary>Writes the headers to a stream, which stays open.</summary>
    public SocketCanPcapWriter(Stream stream, int channels) =>
        _writer = new PcapngWriter(
            stream, [.. Enumerable.Range(0, channels).Select(channel => (LinkType, $"can{channel}"))]);

    /// <inheritdoc/>
    public void Write(CanFrame frame, TruthRecord? truth)
    {
        ArgumentNullException.ThrowIfNull(frame);
        var id = frame.Id
            | (frame.IsExtended ? ExtendedFlag : 0) | (frame.IsRemote ? RemoteFlag : 0)
            | (frame.IsError ? ErrorFlag : 0);
        BinaryPrimitives.WriteUInt32BigEndian(_buffer, id);
        _buffer[4] = (byte)frame.Length;
        _buffer[5] = (byte)((frame.IsFd ? FdFlag : 0)
            | ((frame.Flags & CanFrameTypes.BitRateSwitch) != 0 ? BitRateSwitchFlag : 0)
            | ((frame.Flags & CanFrameTypes.ErrorStateIndicator) != 0 ? ErrorStateFlag : 0));
        frame.Data.CopyTo(_buffer, 8);
        _writer.Write(frame.Time, _buffer.AsSpan(0, 8 + frame.Data.Length), frame.Channel);
    }
}
