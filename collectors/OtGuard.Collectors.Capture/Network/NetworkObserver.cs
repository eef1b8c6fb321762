using System.Text;

namespace OtGuard.Collectors.Capture.Network;

/// <summary>Writes the observations of the network itself.</summary>
internal sealed class NetworkObserver(ObservationBatch output, FrameContext frame)
{
    /// <summary>Writes an observation shown by the frame in hand.</summary>
    public void Write(
        Connection connection, Operation operation, Direction sender = Direction.ToServer, int count = 0, long latency = -1) =>
        output.Add(new Observation
        {
            Time = frame.Time,
            Connection = connection,
            Protocol = ProtocolRegistry.Network,
            Operation = operation,
            Sender = sender,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            Target = new Target(TargetSpace.None, 0, count),
            LatencyNanoseconds = latency,
            RequestFrame = frame.Number,
        });

    /// <summary>Writes an observation shown by an earlier frame.</summary>
    public void WriteAt(Connection connection, Operation operation, CaptureTime time, long number) =>
        output.Add(new Observation
        {
            Time = time,
            Connection = connection,
            Protocol = ProtocolRegistry.Network,
            Operation = operation,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            RequestFrame = number,
        });

    /// <summary>Writes an observation about an address and a link address.</summary>
    public void WriteAddress(
        Connection connection, Operation operation, Direction sender, NetworkAddress subject, ulong mac,
        long silence = -1) =>
        output.Add(new Observation
        {
            Time = frame.Time,
            Connection = connection,
            Protocol = ProtocolRegistry.Network,
            Operation = operation,
            Sender = sender,
            Code = -1,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = silence,
            RequestFrame = frame.Number,
            Subject = subject,
            LinkAddress = NetworkAddress.FromMac(mac),
        });

    /// <summary>
    /// Writes what a connection carries: the name in ASCII as <see cref="Observation.RequestData"/>, the index of a
    /// protocol that is decoded as <see cref="Observation.Code"/>.
    /// </summary>
    public void WriteProtocol(Connection connection, Operation operation, Direction sender, short protocol, string? name)
    {
        Span<byte> ascii = stackalloc byte[64];
        var length = name is null ? 0 : Encoding.ASCII.GetBytes(name.AsSpan(0, Math.Min(name.Length, 64)), ascii);
        output.Reserve(length);
        output.Add(new Observation
        {
            Time = frame.Time,
            Connection = connection,
            Protocol = ProtocolRegistry.Network,
            Operation = operation,
            Sender = sender,
            Code = protocol,
            SubCode = -1,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            RequestFrame = frame.Number,
            RequestData = length == 0 ? default : output.Store(ascii[..length]),
        });
    }
}
