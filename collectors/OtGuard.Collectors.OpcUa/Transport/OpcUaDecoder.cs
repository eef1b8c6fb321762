using System.Buffers;
using System.Runtime.CompilerServices;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;
using OtGuard.Collectors.OpcUa.Types;
using static System.Buffers.Binary.BinaryPrimitives;

namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>
/// Decodes one connection that carries OPC UA over TCP: cuts chunks, puts messages together, tells what is encrypted, and
/// hands requests and responses to the <see cref="ExchangeWriter"/>.
/// </summary>
/// <remarks>
/// <para>Framing. Every chunk is taken by the size it declares. A header that cannot be one puts the stream out of step,
/// as a gap does: bytes are skipped until the next plausible header. Every decision rests on bytes of the stream alone,
/// never on where a segment ended.</para>
/// <para>Security. With policy None everything is in clear. With another policy the OpenSecureChannel messages are
/// encrypted behind their header, so the mode of the channel shows in its first message: a body that begins with the type
/// id of a service is signed and not encrypted. Of encrypted messages only the header is read; nothing is paired.</para>
/// </remarks>
internal sealed class OpcUaDecoder : IConnectionDecoder
{
    /// <summary>Channels remembered for one connection; the standard has one at a time.</summary>
    private const int MaximumChannels = 4;

    private static readonly SearchValues<byte> FirstLetters = SearchValues.Create("HAERMOC"u8);

    private readonly OpcUaState _state;
    private readonly ExchangeWriter _writer;
    private readonly Reassembly _requests;
    private readonly Reassembly _responses;
    private readonly List<ChannelState> _channels = [];
    private ChannelState? _channel;
    private StreamState _toServer;
    private StreamState _toClient;
    private Limits _limitsToServer;
    private Limits _limitsToClient;
    private bool _started;

    /// <summary>A ReverseHello was seen: the server opened the connection, and what is sent to the server comes from it.</summary>
    private bool _reversed;

    public OpcUaDecoder(byte protocol, OpcUaState state)
    {
        _state = state;
        _writer = new ExchangeWriter(protocol, state);
        _requests = new Reassembly(state.Options.MaximumMessageBytes);
        _responses = new Reassembly(state.Options.MaximumMessageBytes);
    }

    /// <inheritdoc/>
    public int MaximumMessageBytes => _state.Options.MaximumChunkBytes;

    /// <inheritdoc/>
    public int Decode(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        if (!_started) Start(connection);
        _writer.GiveUp(connection, sighting.Time, output);
        ref var stream = ref Stream(direction);
        var used = 0;
        while (true)
        {
            var rest = data[used..];
            if (stream.ReadOver > 0)
            {
                var over = (int)Math.Min(stream.ReadOver, rest.Length);
                stream.ReadOver -= over;
                LeaveOut(connection, over);
                used += over;
                if (stream.ReadOver > 0) break;
                continue;
            }

            if (rest.Length < MessageHeader.Bytes) break;
            if (stream.OutOfStep)
            {
                used += Resynchronise(rest, sighting, ref stream);
                if (stream.OutOfStep) break;
                WriteSkipped(connection, direction, output);
                continue;
            }

            var header = MessageHeader.Read(rest);
            if (!header.IsPlausible)
            {
                stream.OutOfStep = true;
                stream.Skip(1, sighting);
                used++;
                continue;
            }

            if (header.Size > (uint)_state.Options.MaximumChunkBytes)
            {
                if (rest.Length < MessageHeader.SymmetricBytes) break;
                ReadOver(connection, direction, rest, header, sighting, output);
                used += MessageHeader.SymmetricBytes;
                continue;
            }

            var size = (int)header.Size;
            if (rest.Length < size) break;
            Chunk(connection, direction, header, rest[..size], sighting, output);
            used += size;
        }

        stream.Waiting = data.Length - used;
        return used;
    }

    /// <inheritdoc/>
    public void OnGap(Connection connection, Direction direction, Sighting sighting, ObservationBatch output)
    {
        if (!_started) Start(connection);
        ref var stream = ref Stream(direction);
        WriteSkipped(connection, direction, output);
        stream.OutOfStep = true;
        stream.AfterGap = true;
        stream.Waiting = 0;
        stream.ReadOver = 0;
        LoseTrack(direction, sighting);
    }

    /// <inheritdoc/>
    public void OnCut(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> begun,
        int missing,
        Sighting sighting,
        ObservationBatch output)
    {
        if (!_started) Start(connection);
        _writer.GiveUp(connection, sighting.Time, output);
        ref var stream = ref Stream(direction);
        if (stream.ReadOver > 0 || stream.OutOfStep || begun.Length < MessageHeader.Bytes)
        {
            OnGap(connection, direction, sighting, output);
            return;
        }

        var header = MessageHeader.Read(begun);
        stream.Waiting = 0;
        if (!header.IsPlausible || header.Size < (uint)begun.Length)
        {
            OnGap(connection, direction, sighting, output);
            return;
        }

        Cut(connection, direction, header, begun, sighting, output);
        if (header.Size == (uint)(begun.Length + missing)) LoseTrack(direction, sighting);
        else OnGap(connection, direction, sighting, output);
    }

    /// <inheritdoc/>
    public void OnTime(Connection connection, CaptureTime now, ObservationBatch output) =>
        _writer.GiveUp(connection, now, output);

    /// <inheritdoc/>
    public void OnClose(Connection connection, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        _writer.GiveUp(connection, sighting.Time, output);
        Abandon(connection, Direction.ToServer, captureEnded, output);
        Abandon(connection, Direction.ToClient, captureEnded, output);
        _writer.Close(connection, captureEnded, output);
        CloseStream(connection, Direction.ToServer, sighting, captureEnded, output);
        CloseStream(connection, Direction.ToClient, sighting, captureEnded, output);
    }

    private void Start(Connection connection)
    {
        _started = true;
        if (!connection.JoinedMidway) return;
        _toServer = _toClient = new StreamState { OutOfStep = true, AfterGap = true };
        _writer.RequestsMayBeMissing = true;
    }

    private ref StreamState Stream(Direction direction)
    {
        if (direction == Direction.ToServer) return ref _toServer;
        return ref _toClient;
    }

    private Reassembly PartsOf(Direction direction) => direction == Direction.ToServer ? _requests : _responses;

    /// <summary>After a gap nothing has to follow anything: sequence numbers, chunks, tokens, answers.</summary>
    private void LoseTrack(Direction direction, Sighting sighting)
    {
        foreach (var channel in _channels)
        {
            channel.IsComplete = false;
            if (direction == Direction.ToServer) channel.ToServer.IsKnown = false;
            else channel.ToClient.IsKnown = false;
        }

        var parts = PartsOf(direction);
        if (parts.Count > 0)
        {
            _state.Counters.Drop("message begun before a gap", parts.Count);
            parts.Clear();
        }

        _writer.OnGap(direction == Direction.ToServer != _reversed, sighting.Time);
    }

    // ---- Framing ----------------------------------------------------------------------------------------------------

    /// <summary>Skips to the next plausible header; out of step still where the bytes end before one is sure.</summary>
    private int Resynchronise(ReadOnlySpan<byte> data, Sighting sighting, ref StreamState stream)
    {
        var at = 0;
        for (; data.Length - at >= MessageHeader.SymmetricBytes; at++)
        {
            // Letters that begin a type; the rest of the header decides.
            var next = data[at..^(MessageHeader.SymmetricBytes - 1)].IndexOfAny(FirstLetters);
            if (next < 0)
            {
                at = data.Length - (MessageHeader.SymmetricBytes - 1);
                break;
            }

            at += next;
            if (!IsHeader(data[at..])) continue;
            stream.OutOfStep = false;
            break;
        }

        if (at > 0) stream.Skip(at, sighting);
        return at;
    }

    /// <summary>Whether a header begins here, and where the channel is known, one of this channel.</summary>
    private bool IsHeader(ReadOnlySpan<byte> data)
    {
        var header = MessageHeader.Read(data);
        if (!header.IsPlausible) return false;
        return header.Type != MessageType.Message || _channel is null
            || ReadUInt32LittleEndian(data[8..]) == _channel.Id;
    }

    private void ReadOver(
        Connection connection,
        Direction direction,
        ReadOnlySpan<byte> data,
        MessageHeader header,
        Sighting sighting,
        ObservationBatch output)
    {
        Stream(direction).ReadOver = header.Size - MessageHeader.SymmetricBytes;
        _state.Counters.Drop("chunk longer than is waited for");
        LeaveOut(connection, MessageHeader.SymmetricBytes);
        var anomalies = OpcUaAnomaly.MessageTooLarge;
        if (LimitsOf(direction).ChunkBytes is > 0 and var limit && header.Size > limit)
            anomalies |= OpcUaAnomaly.ChunkSizeExceeded;
        if (header.IsChunked && ReadUInt32LittleEndian(data[8..]) is var id && _channel?.Id == id)
            _channel.LostBytes += header.Size;
        LoseTrack(direction, sighting);
        _writer.WriteUndecodable(connection, direction, anomalies, sighting, output);
    }

    private ref Limits LimitsOf(Direction direction)
    {
        if (direction == Direction.ToServer) return ref _limitsToServer;
        return ref _limitsToClient;
    }

    // ---- Chunks -----------------------------------------------------------------------------------------------------

    private void Chunk(
        Connection connection,
        Direction direction,
        MessageHeader header,
        ReadOnlySpan<byte> data,
        Sighting sighting,
        ObservationBatch output)
    {
        _state.Messages++;
        if (header.Type == MessageType.Message)
        {
            Symmetric(connection, direction, header, data, sighting, output);
            return;
        }

        switch (header.Type)
        {
            case MessageType.Close:
                Symmetric(connection, direction, header, data, sighting, output);
                break;
            case MessageType.Open:
                Open(connection, direction, data, sighting, output);
                break;
            case MessageType.Hello:
                Hello(connection, direction, data, sighting, output);
                break;
            case MessageType.Acknowledge:
                Acknowledge(connection, direction, data, sighting, output);
                break;
            case MessageType.Error:
                _writer.Error(connection, direction, data, sighting, output);
                break;
            default:
                if (direction == Direction.ToServer) _reversed = true;
                _writer.ReverseHello(connection, direction, data, sighting, output);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Symmetric(
        Connection connection,
        Direction direction,
        MessageHeader header,
        ReadOnlySpan<byte> data,
        Sighting sighting,
        ObservationBatch output)
    {
        var id = ReadUInt32LittleEndian(data[8..]);
        var token = ReadUInt32LittleEndian(data[12..]);
        var anomalies = OpcUaAnomaly.None;
        var channel = _channel;
        if (channel is null || channel.Id != id) channel = Enter(connection, id, sighting.Time, ref anomalies);
        anomalies |= channel.Use(token, sighting.Time);
        ref var limits = ref LimitsOf(direction);
        if (limits.ChunkBytes > 0 && header.Size > limits.ChunkBytes) anomalies |= OpcUaAnomaly.ChunkSizeExceeded;

        var content = data[MessageHeader.SymmetricBytes..];
        if (!IsReadable(channel, direction, header, content))
        {
            Conceal(connection, channel, header.Size);
            _writer.WriteConcealed(connection, direction, channel, token, data, anomalies, sighting, output);
            return;
        }

        channel.DecodedBytes += header.Size;
        var sequence = ReadUInt32LittleEndian(content);
        var requestId = ReadUInt32LittleEndian(content[4..]);
        anomalies |= Follow(ref direction == Direction.ToServer ? ref channel.ToServer : ref channel.ToClient, sequence);
        var body = content[MessageHeader.SequenceBytes..];
        if (channel.SignatureBytes > 0)
        {
            if (body.Length < channel.SignatureBytes) anomalies |= OpcUaAnomaly.EncodingInvalid;
            body = body[..Math.Max(0, body.Length - channel.SignatureBytes)];
        }

        var parts = PartsOf(direction);
        if (header.IsFinal && parts.Count == 0)
        {
            if (channel.SignatureBytes < 0) body = Strip(channel, body);
            Complete(connection, direction, channel, token, sequence, requestId, body, false, anomalies, sighting, output);
            return;
        }

        Part(connection, direction, header, channel, token, sequence, requestId, body, anomalies, sighting, output);
    }

    /// <summary>A chunk of a message that has several, or one that comes between them.</summary>
    private void Part(
        Connection connection,
        Direction direction,
        MessageHeader header,
        ChannelState channel,
        uint token,
        uint sequence,
        uint requestId,
        ReadOnlySpan<byte> body,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output)
    {
        var parts = PartsOf(direction);
        var message = parts.Find(requestId);
        if (header.Chunk == (byte)'A')
        {
            if (message is not null) parts.End(message);
            _writer.Abort(
                connection, IsRequest(direction), channel, token, sequence, requestId, body, anomalies, sighting, output);
            return;
        }

        if (message is null)
        {
            if (header.IsFinal)
            {
                if (channel.SignatureBytes < 0) body = Strip(channel, body);
                Complete(connection, direction, channel, token, sequence, requestId, body, false, anomalies, sighting, output);
                return;
            }

            if (parts.IsFull) AbandonOldest(connection, direction, false, output);
            message = parts.Begin(requestId, sequence, sighting);
        }

        message.WireBytes += body.Length;
        message.Append(body, parts.Room);
        ref var limits = ref LimitsOf(direction);
        if (limits.Chunks > 0 && message.Chunks > limits.Chunks) anomalies |= OpcUaAnomaly.ChunkCountExceeded;
        if (limits.MessageBytes > 0 && message.WireBytes > limits.MessageBytes) anomalies |= OpcUaAnomaly.MessageSizeExceeded;
        if (!header.IsFinal)
        {
            // Said at once, for the last chunk may never come; and once, for the flood would drown it.
            if ((anomalies & (OpcUaAnomaly.ChunkCountExceeded | OpcUaAnomaly.MessageSizeExceeded)) == 0)
            {
                if (anomalies != OpcUaAnomaly.None)
                    _writer.WriteUndecodable(connection, direction, anomalies, sighting, output);
                return;
            }

            if (message.IsReported) return;
            message.IsReported = true;
            _writer.WriteUndecodable(connection, direction, anomalies, sighting, output);
            return;
        }

        if (channel.SignatureBytes < 0 && message.StripSignatures() is >= 0 and var signature) Settle(channel, signature);
        if (message.IsCut)
        {
            anomalies |= OpcUaAnomaly.MessageTooLarge;
            _state.Counters.Drop("message longer than is kept");
        }

        Complete(
            connection, direction, channel, token, message.FirstSequence, requestId, message.Data, message.IsCut, anomalies,
            sighting, output);
        parts.End(message);
    }

    private void Complete(
        Connection connection,
        Direction direction,
        ChannelState channel,
        uint token,
        uint sequence,
        uint requestId,
        ReadOnlySpan<byte> body,
        bool isPartial,
        OpcUaAnomaly anomalies,
        Sighting sighting,
        ObservationBatch output) =>
        _writer.Message(
            connection, IsRequest(direction), channel, token, sequence, requestId, body, isPartial, anomalies, sighting, output);

    private bool IsRequest(Direction direction) => direction == Direction.ToServer != _reversed;

    /// <summary>The channel of a message, a new one where it was not known.</summary>
    private ChannelState Enter(Connection connection, uint id, CaptureTime now, ref OpcUaAnomaly anomalies)
    {
        foreach (var known in _channels)
        {
            if (known.Id != id) continue;
            _channel = known;
            return known;
        }

        if (_channel is { IsComplete: true }) anomalies |= OpcUaAnomaly.ChannelUnknown;
        return AddChannel(connection, id, now);
    }

    private ChannelState AddChannel(Connection connection, uint id, CaptureTime now)
    {
        if (_channels.Count == MaximumChannels) _channels.RemoveAt(0);
        _channel = new ChannelState(connection.Conversation, id, now);
        _channels.Add(_channel);
        _state.Add(_channel);
        return _channel;
    }

    /// <summary>Whether the body of a message is in clear.</summary>
    private bool IsReadable(ChannelState channel, Direction direction, MessageHeader header, ReadOnlySpan<byte> content)
    {
        if (channel.IsClear) return true;
        if (channel.Mode == SecurityMode.SignAndEncrypt) return false;
        if (MessageReader.BeginsService(content[MessageHeader.SequenceBytes..]))
        {
            channel.IsClear = true;
            if (channel.Policy.Number > SecurityPolicies.None.Number) channel.Mode = SecurityMode.Sign;
            return true;
        }

        // Another chunk of a message that was readable so far, or the first that is seen of a channel joined midway.
        if (PartsOf(direction).Count > 0) return true;
        if (channel.Policy.Number > SecurityPolicies.None.Number && header.Type == MessageType.Message)
            channel.Mode = SecurityMode.SignAndEncrypt;
        return channel.Policy == SecurityPolicies.None;
    }

    /// <summary>Takes away a signature whose length is not known: the length that fits.</summary>
    private static ReadOnlySpan<byte> Strip(ChannelState channel, ReadOnlySpan<byte> body)
    {
        var rest = MessageReader.Rest(body);
        if (rest < 0 || !SecurityPolicies.SignatureLengths.Contains((byte)Math.Min(rest, 255))) return body;
        Settle(channel, rest);
        return body[..^rest];
    }

    private static void Settle(ChannelState channel, int signature)
    {
        channel.SignatureBytes = signature;
        if (channel.Mode == SecurityMode.Unknown) channel.Mode = signature == 0 ? SecurityMode.None : SecurityMode.Sign;
    }

    /// <remarks>
    /// Part 6 v1.05 §6.7.2.4: up by one, from at most 1023 again after 4294966271; in later versions for elliptic curves
    /// from 0 after the largest number.
    /// </remarks>
    private static OpcUaAnomaly Follow(ref SequenceState state, uint sequence)
    {
        var last = state.Last;
        var known = state.IsKnown;
        state.Last = sequence;
        state.IsKnown = true;
        if (!known || sequence == last + 1) return OpcUaAnomaly.None;
        if (sequence == last) return OpcUaAnomaly.SequenceRepeated;
        return last > uint.MaxValue - 1024 && sequence < 1024 ? OpcUaAnomaly.None : OpcUaAnomaly.SequenceGap;
    }

    /// <summary>Bytes that the network layer counted as decoded, for it handed them over, were not.</summary>
    private static void LeaveOut(Connection connection, long bytes)
    {
        ref var visibility = ref connection.Conversation.Visibility;
        visibility.DecodedBytes -= bytes;
        visibility.UndecodedBytes += bytes;
    }

    private static void Conceal(Connection connection, ChannelState channel, long bytes)
    {
        channel.OpaqueBytes += bytes;
        ref var visibility = ref connection.Conversation.Visibility;
        visibility.DecodedBytes -= bytes;
        visibility.OpaqueBytes += bytes;
    }

    // ---- Opening ----------------------------------------------------------------------------------------------------

    /// <remarks>Part 6 v1.05 §6.7.2.3: policy, the sender's certificate, the receiver's thumbprint; then encrypted.</remarks>
    private void Open(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        var id = ReadUInt32LittleEndian(data[8..]);
        var reader = new UaReader(data[12..]);
        var uri = reader.String();
        var certificate = reader.ByteString();
        reader.ByteString();
        var headerEnd = 12 + reader.Position;
        var anomalies = OpcUaAnomaly.None;
        if (reader.Failed || (reader.Remaining < MessageHeader.SequenceBytes))
        {
            _writer.WriteUndecodable(connection, direction, OpcUaAnomaly.EncodingInvalid, sighting, output);
            return;
        }

        var policy = SecurityPolicies.Of(uri);
        if (policy == SecurityPolicies.Other) anomalies |= OpcUaAnomaly.PolicyUnknown;
        if (policy.IsDeprecated) anomalies |= OpcUaAnomaly.PolicyDeprecated;
        anomalies |= CertificateTable.Judge(_state.Certificates.Of(certificate), sighting.Time);

        if (policy == SecurityPolicies.None)
        {
            var sequence = ReadUInt32LittleEndian(data[headerEnd..]);
            var requestId = ReadUInt32LittleEndian(data[(headerEnd + 4)..]);
            var body = data[(headerEnd + MessageHeader.SequenceBytes)..];
            var channel = id == 0 ? null : Opened(connection, id, policy, sighting.Time);
            if (!IsRequest(direction) && channel is not null)
            {
                channel.SignatureBytes = 0;
                channel.IsClear = true;
                channel.Mode = SecurityMode.None;
                if (ExchangeWriter.TryReadToken(body, out var token, out var lifetime))
                    channel.Issue(token, lifetime, sighting.Time);
            }

            if (channel is not null)
            {
                channel.DecodedBytes += data.Length;
                anomalies |= Follow(
                    ref direction == Direction.ToServer ? ref channel.ToServer : ref channel.ToClient, sequence);
            }
            else
            {
                _firstSequence = sequence;
            }

            if (!IsRequest(direction) && channel is { ToServer.IsKnown: false } && _firstSequence is { } first)
            {
                channel.ToServer = new SequenceState { Last = first, IsKnown = !Stream(direction).AfterGap };
                _firstSequence = null;
            }

            _writer.Message(
                connection, IsRequest(direction), channel, 0, sequence, requestId, body, false, anomalies, sighting, output,
                id, new SecurityCode(SecurityMode.None, policy, UserTokenKind.Unknown, false));
            return;
        }

        var secured = id == 0 ? null : Opened(connection, id, policy, sighting.Time);
        if (secured is not null)
        {
            if (secured.SignatureBytes < 0) secured.SignatureBytes = policy.SignatureBytes;
            if (!IsRequest(direction)) secured.IsRenewing = true;
            // Sequence numbers of the encrypted message are part of the same run.
            if (direction == Direction.ToServer) secured.ToServer.IsKnown = false;
            else secured.ToClient.IsKnown = false;
            Conceal(connection, secured, data.Length - headerEnd);
            secured.DecodedBytes += headerEnd;
        }

        _writer.WriteOpening(
            connection, direction, id, new SecurityCode(secured?.Mode ?? SecurityMode.Unknown, policy, UserTokenKind.Unknown, false),
            data[..headerEnd], anomalies, sighting, output);
    }

    private uint? _firstSequence;

    private ChannelState Opened(Connection connection, uint id, SecurityPolicy policy, CaptureTime now)
    {
        ChannelState? channel = null;
        foreach (var known in _channels)
            if (known.Id == id) channel = known;
        if (channel is null)
        {
            channel = AddChannel(connection, id, now);
            channel.IsComplete = true;
        }

        _channel = channel;
        channel.Policy = policy;
        channel.LastSeen = now;
        return channel;
    }

    private void Hello(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        // What the client takes bounds what the server sends it; the Acknowledge may lower the buffers further.
        var answers = direction == Direction.ToServer ? Direction.ToClient : Direction.ToServer;
        LimitsOf(answers) = new Limits(
            ReadUInt32LittleEndian(data[12..]), ReadUInt32LittleEndian(data[20..]), ReadUInt32LittleEndian(data[24..]));
        _writer.Hello(connection, data, sighting, output);
    }

    private void Acknowledge(
        Connection connection, Direction direction, ReadOnlySpan<byte> data, Sighting sighting, ObservationBatch output)
    {
        var requests = direction == Direction.ToServer ? Direction.ToClient : Direction.ToServer;
        LimitsOf(requests) = new Limits(
            ReadUInt32LittleEndian(data[12..]), ReadUInt32LittleEndian(data[20..]), ReadUInt32LittleEndian(data[24..]));
        ref var answers = ref LimitsOf(direction);
        var sends = ReadUInt32LittleEndian(data[16..]);
        if (sends > 0 && (answers.ChunkBytes == 0 || sends < answers.ChunkBytes)) answers = answers with { ChunkBytes = sends };
        _writer.Acknowledge(connection, data, sighting, output);
    }

    // ---- Ends -------------------------------------------------------------------------------------------------------

    /// <summary>A chunk of which the capture holds the beginning only.</summary>
    private void Cut(
        Connection connection,
        Direction direction,
        MessageHeader header,
        ReadOnlySpan<byte> begun,
        Sighting sighting,
        ObservationBatch output)
    {
        const int enough = MessageHeader.SymmetricBytes + MessageHeader.SequenceBytes + 4;
        if (header.Type != MessageType.Message || !header.IsFinal || begun.Length < enough || PartsOf(direction).Count > 0) return;
        var id = ReadUInt32LittleEndian(begun[8..]);
        if (_channel is null || _channel.Id != id || !_channel.IsClear) return;
        var content = begun[MessageHeader.SymmetricBytes..];
        _channel.DecodedBytes += begun.Length;
        _channel.LostBytes += header.Size - begun.Length;
        Complete(
            connection, direction, _channel, ReadUInt32LittleEndian(begun[12..]), ReadUInt32LittleEndian(content),
            ReadUInt32LittleEndian(content[4..]), content[MessageHeader.SequenceBytes..], true, OpcUaAnomaly.MessageCut,
            sighting, output);
    }

    private void AbandonOldest(Connection connection, Direction direction, bool captureEnded, ObservationBatch output)
    {
        var parts = PartsOf(direction);
        var message = parts.Oldest;
        if (_channel is not null) _channel.LostBytes += message.WireBytes;
        if (!captureEnded)
            _writer.WriteUndecodable(connection, direction, OpcUaAnomaly.ChunksAbandoned, message.Began, output);
        parts.End(message);
    }

    private void Abandon(Connection connection, Direction direction, bool captureEnded, ObservationBatch output)
    {
        while (PartsOf(direction).Count > 0) AbandonOldest(connection, direction, captureEnded, output);
    }

    private void CloseStream(
        Connection connection, Direction direction, Sighting sighting, bool captureEnded, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        if (stream.Waiting > 0 && !captureEnded)
        {
            if (stream.Skipped == 0 && !stream.OutOfStep)
                _writer.WriteUndecodable(connection, direction, OpcUaAnomaly.MessageIncomplete, sighting, output);
            else
                stream.Skip(stream.Waiting, sighting);
        }

        WriteSkipped(connection, direction, output);
        stream = default;
    }

    private void WriteSkipped(Connection connection, Direction direction, ObservationBatch output)
    {
        ref var stream = ref Stream(direction);
        if (stream.Skipped > 0)
        {
            LeaveOut(connection, stream.Skipped);
            if (_channel is not null) _channel.LostBytes += stream.Skipped;
            _writer.WriteUndecodable(
                connection,
                direction,
                stream.AfterGap ? OpcUaAnomaly.BytesSkippedAfterGap : OpcUaAnomaly.BytesSkipped,
                stream.SkippedFrom,
                output);
        }

        stream.Skipped = 0;
        stream.AfterGap = false;
    }

    /// <summary>What one side takes, 0 for no limit or not seen.</summary>
    private readonly record struct Limits(uint ChunkBytes, uint MessageBytes, uint Chunks);

    /// <summary>Where one direction's byte stream stands.</summary>
    private struct StreamState
    {
        /// <summary>The next byte is not known to begin a message.</summary>
        public bool OutOfStep;

        /// <summary>It is so because the capture lacks bytes, not because of what was sent.</summary>
        public bool AfterGap;

        /// <summary>Bytes skipped since the last message.</summary>
        public long Skipped;

        /// <summary>Where the first of them was seen.</summary>
        public Sighting SkippedFrom;

        /// <summary>Bytes that wait for the rest of their message.</summary>
        public int Waiting;

        /// <summary>Bytes left of a chunk that is too long to wait for.</summary>
        public long ReadOver;

        public void Skip(int bytes, Sighting sighting)
        {
            if (Skipped == 0) SkippedFrom = sighting;
            Skipped += bytes;
        }
    }
}
