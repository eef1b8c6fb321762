using System.Buffers.Binary;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.CanEthernet;

/// <summary>Decodes the datagrams of one UDP exchange: each stands alone, and nothing is kept from one to the next.</summary>
internal sealed class CanEthernetDecoder(byte protocol, CanEthernetProtocol owner) : IConnectionDecoder
{
    private readonly byte[] _frame = new byte[CanFrameView.HeaderBytes + 8];

    /// <inheritdoc/>
    public int MaximumMessageBytes => ushort.MaxValue;

    /// <inheritdoc/>
    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        if (data.Length < CanEthernetProtocol.HeaderBytes)
        {
            Write(connection, direction, data, -1, 0, Outcome.Undecodable, CanEthernetAnomaly.HeaderCut, sighting, output);
            return data.Length;
        }

        var version = data[8];
        int declared = data[9];
        if (version != CanEthernetProtocol.KnownVersion)
        {
            Write(connection, direction, data, version, declared, Outcome.Undecodable, CanEthernetAnomaly.VersionUnknown,
                sighting, output);
            return data.Length;
        }

        var anomalies = CanEthernetAnomaly.None;
        if (declared > CanEthernetProtocol.MaximumFrames) anomalies |= CanEthernetAnomaly.TooManyFrames;
        var records = data[CanEthernetProtocol.HeaderBytes..];
        var whole = Math.Min(declared, records.Length / CanEthernetProtocol.RecordBytes);
        if (whole < declared) anomalies |= CanEthernetAnomaly.FramesMissing;
        else if (records.Length > declared * CanEthernetProtocol.RecordBytes) anomalies |= CanEthernetAnomaly.BytesAfterFrames;
        for (var i = 0; i < whole; i++)
            anomalies |= Judge(records.Slice(i * CanEthernetProtocol.RecordBytes, CanEthernetProtocol.RecordBytes));
        Write(connection, direction, data, version, whole, Outcome.Succeeded, anomalies, sighting, output);

        var sender = direction == Direction.ToServer ? connection.Client : connection.Server;
        var channel = owner.Channels.Of(sender.Address, connection.Server.Port);
        for (var i = 0; i < whole; i++)
            Pass(records.Slice(i * CanEthernetProtocol.RecordBytes, CanEthernetProtocol.RecordBytes), channel, sighting);
        return data.Length;
    }

    /// <inheritdoc/>
    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
    {
        // Datagrams stand alone.
    }

    /// <inheritdoc/>
    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output)
    {
        // Nothing waits.
    }

    /// <inheritdoc/>
    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        // Nothing waits.
    }

    private static CanEthernetAnomaly Judge(ReadOnlySpan<byte> record)
    {
        var anomalies = CanEthernetAnomaly.None;
        if (record[4] > 8) anomalies |= CanEthernetAnomaly.LengthAboveEight;
        if (record[13] > 1 || record[14] > 1) anomalies |= CanEthernetAnomaly.FlagNeitherZeroNorOne;
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) > (record[13] != 0 ? CanFrameView.ExtendedMask : CanFrameView.BaseMask))
            anomalies |= CanEthernetAnomaly.IdentifierTooLong;
        return anomalies;
    }

    /// <summary>The record as SocketCAN lays a frame out.</summary>
    private void Pass(ReadOnlySpan<byte> record, int channel, Sighting sighting)
    {
        var identifier = BinaryPrimitives.ReadUInt32LittleEndian(record);
        var word = record[13] != 0
            ? identifier & CanFrameView.ExtendedMask | CanFrameView.ExtendedFlag
            : identifier & CanFrameView.BaseMask;
        var remote = record[14] != 0;
        if (remote) word |= CanFrameView.RemoteFlag;
        var code = record[4];
        var length = Math.Min(code, (byte)8);
        BinaryPrimitives.WriteUInt32BigEndian(_frame, word);
        _frame[4] = length;

        // Codes of 9 to 15 mean eight bytes; what is above is no code at all, and flagged on the datagram.
        _frame[7] = code is > 8 and <= 15 ? code : (byte)0;
        record.Slice(5, 8).CopyTo(_frame.AsSpan(CanFrameView.HeaderBytes));
        var size = CanFrameView.HeaderBytes + (remote ? 0 : length);
        owner.Pass(new CapturedFrame(
            sighting.Time, LinkType.SocketCan, channel, sighting.Frame, _frame.AsSpan(0, size), size));
    }

    private void Write(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> data,
        short version,
        int frames,
        Outcome outcome,
        CanEthernetAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        output.Reserve(data.Length);
        output.Add(new Observation
        {
            Time = sighting.Time,
            Connection = connection,
            Protocol = protocol,
            Operation = Operation.Broadcast,
            Outcome = outcome,
            Sender = direction,
            Code = version,
            SubCode = frames,
            Unit = -1,
            Reason = -1,
            LatencyNanoseconds = -1,
            Anomalies = (ulong)anomalies,
            RequestData = output.Store(data),
            RequestFrame = sighting.Frame,
        });
    }
}
