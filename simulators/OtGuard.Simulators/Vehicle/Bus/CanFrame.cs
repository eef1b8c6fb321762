using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Vehicle.Bus;

/// <summary>What a frame is besides its identifier and its data.</summary>
[Flags]
public enum CanFrameTypes : byte
{
    /// <summary>A data frame with an identifier of 11 bits.</summary>
    None = 0,

    /// <summary>The identifier has 29 bits.</summary>
    Extended = 1,

    /// <summary>A remote frame: it has a length, but no data.</summary>
    Remote = 2,

    /// <summary>An error as a listener's controller reports it; the identifier is SocketCAN's error class.</summary>
    Error = 4,

    /// <summary>CAN FD.</summary>
    Fd = 8,

    /// <summary>CAN FD with its data at the higher bit rate.</summary>
    BitRateSwitch = 16,

    /// <summary>The sender of the CAN FD frame is error passive.</summary>
    ErrorStateIndicator = 32,
}

/// <summary>A frame as a listener's controller hands it over, when its last bit was seen.</summary>
/// <param name="Time">End of the frame in nanoseconds since 1970.</param>
/// <param name="Channel">Index of the bus: 0 is <c>can0</c>.</param>
/// <param name="Id">Arbitration identifier without flags, or the error class of an error frame.</param>
/// <param name="Flags">What it is.</param>
/// <param name="Data">Its data; not changed afterwards. Empty in a remote frame.</param>
/// <param name="Length">Length in bytes as its data length code says; in a remote frame what is asked for.</param>
public sealed record CanFrame(long Time, int Channel, uint Id, CanFrameTypes Flags, byte[] Data, int Length)
{
    /// <summary>True where the identifier has 29 bits.</summary>
    public bool IsExtended => (Flags & CanFrameTypes.Extended) != 0;

    /// <summary>True for an error of the bus.</summary>
    public bool IsError => (Flags & CanFrameTypes.Error) != 0;

    /// <summary>True for a remote frame.</summary>
    public bool IsRemote => (Flags & CanFrameTypes.Remote) != 0;

    /// <summary>True for CAN FD.</summary>
    public bool IsFd => (Flags & CanFrameTypes.Fd) != 0;

    /// <summary>Name of the channel.</summary>
    public string ChannelName => $"can{Channel}";

    internal static CanFrame Classic(uint id, byte[] data, CanFrameTypes flags = CanFrameTypes.None) =>
        new(0, 0, id, flags, data, data.Length);

    internal static CanFrame RemoteRequest(uint id, int length, CanFrameTypes flags = CanFrameTypes.None) =>
        new(0, 0, id, flags | CanFrameTypes.Remote, [], length);

    /// <summary>A CAN FD frame with bit rate switch, its data filled up to a length that exists.</summary>
    internal static CanFrame FlexibleDataRate(uint id, byte[] data, CanFrameTypes flags = CanFrameTypes.None)
    {
        var length = FdLength(data.Length);
        Array.Resize(ref data, length);
        return new CanFrame(0, 0, id, flags | CanFrameTypes.Fd | CanFrameTypes.BitRateSwitch, data, length);
    }

    /// <summary>The shortest length of CAN FD that holds so many bytes (ISO 11898-1:2015 §10.4.2.4).</summary>
    internal static int FdLength(int bytes) => bytes switch
    {
        <= 8 => bytes,
        <= 12 => 12,
        <= 16 => 16,
        <= 20 => 20,
        <= 24 => 24,
        <= 32 => 32,
        <= 48 => 48,
        _ => 64,
    };
}

/// <summary>Takes frames in the order in which a logger writes them.</summary>
public interface ICanSink
{
    /// <summary>Takes a frame.</summary>
    void Write(CanFrame frame, TruthRecord? truth);
}
