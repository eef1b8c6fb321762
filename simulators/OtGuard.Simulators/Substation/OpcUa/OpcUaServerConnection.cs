using System.Buffers.Binary;
using OtGuard.Simulators.Wire;

namespace OtGuard.Simulators.Substation.OpcUa;

/// <summary>
/// The server's side of one connection: cuts chunks from the bytes that come, however they are split, puts messages
/// together, and answers. What makes no sense ends the connection with an Error message. Not thread-safe.
/// </summary>
/// <remarks>OPC UA Part 6 v1.05 §6.7 and §7.1.</remarks>
public sealed class OpcUaServerConnection
{
    private readonly OpcUaServer _server;
    private readonly OpcUaSend _send;
    private readonly OpcUaWriter _received = new();
    private readonly OpcUaWriter _message = new();
    private readonly OpcUaWriter _body = new();
    private readonly OpcUaWriter _output = new();
    private int _chunks;
    private bool _isGreeted;

    internal OpcUaServerConnection(OpcUaServer server, OpcUaChannel channel, OpcUaSend send)
    {
        (_server, Channel, _send) = (server, channel, send);
    }

    /// <summary>True once either side ended it.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Its side of the secure channel.</summary>
    internal OpcUaChannel Channel { get; }

    internal long Now => _server.Now;

    /// <summary>Takes bytes of the client and sends what answers them.</summary>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        if (IsClosed) return;
        _received.Raw(bytes);
        var used = 0;
        while (!IsClosed)
        {
            var rest = _received.Written[used..];
            var size = OpcUaTransport.SizeOf(rest);
            if (size == 0 && rest.Length < OpcUaTransport.HeaderBytes) break;
            if (size is < OpcUaTransport.HeaderBytes or > OpcUaServer.MaximumChunkBytes)
            {
                Fail(OpcUaStatus.BadTcpMessageTooLarge, "chunk too large");
                break;
            }

            if (rest.Length < (int)size) break;
            Take(rest[..(int)size]);
            used += (int)size;
        }

        // What is left is the beginning of a chunk.
        byte[] left = IsClosed ? [] : _received.Written[used..].ToArray();
        _received.Clear().Raw(left);
    }

    /// <summary>The connection ended; sessions stay until their time is over.</summary>
    public void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        _server.Forget(this);
    }

    internal void Fail(uint status, string reason)
    {
        OpcUaTransport.Error(_output.Clear(), status, reason);
        _send(_output.Written);
        Close();
    }

    internal void Answer(uint requestId, Action<OpcUaWriter> write)
    {
        if (IsClosed) return;
        write(_body.Clear());
        Channel.Write(_output.Clear(), "MSG"u8, requestId, _body.Written);
        _send(_output.Written);
    }

    private void Take(ReadOnlySpan<byte> chunk)
    {
        if (chunk.StartsWith("HEL"u8) && !_isGreeted) Greet(chunk);
        else if (chunk.StartsWith("OPN"u8) && _isGreeted) Open(chunk);
        else if (chunk.StartsWith("MSG"u8) && Channel.Id != 0) Message(chunk);
        else if (chunk.StartsWith("CLO"u8) && Channel.Id != 0) Close();
        else Fail(OpcUaStatus.BadTcpMessageTypeInvalid, "message type not expected");
    }

    private void Greet(ReadOnlySpan<byte> chunk)
    {
        if (_server.HasTooManyConnections)
        {
            Fail(OpcUaStatus.BadTcpNotEnoughResources, "too many connections");
            return;
        }

        _isGreeted = true;
        var reader = new OpcUaReader(chunk[OpcUaTransport.HeaderBytes..]);
        reader.UInt32();
        var takes = reader.UInt32();
        Channel.MaximumChunkBytes = (int)Math.Clamp(takes, 8192, OpcUaServer.MaximumChunkBytes);
        OpcUaTransport.Acknowledge(
            _output.Clear(), OpcUaServer.MaximumChunkBytes, OpcUaServer.MaximumMessageBytes, OpcUaServer.MaximumChunks);
        _send(_output.Written);
    }

    private void Open(ReadOnlySpan<byte> chunk)
    {
        var channel = chunk.Length < 12 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]);
        var security = Channel.Security;
        var isRenewal = Channel.Id != 0;
        if (channel != Channel.Id || !Channel.TryReadOpen(chunk, out var requestId, out var body)
            || isRenewal && Channel.Security != security)
        {
            Fail(OpcUaStatus.BadSecurityChecksFailed, "security checks failed");
            return;
        }

        var reader = new OpcUaReader(body);
        var type = reader.NodeId();
        reader.NodeId();
        reader.Int64();
        var handle = reader.UInt32();
        reader.UInt32();
        reader.ByteString();
        reader.UInt32();
        reader.ExtensionObject(out _);
        reader.UInt32();
        var isRenewed = reader.Int32() != 0;
        var mode = reader.Int32();
        var clientNonce = reader.ByteString();
        var lifetime = Math.Clamp(reader.UInt32(), 10_000, 86_400_000);
        if (reader.Failed || type.Number != OpcUaMessageType.OpenSecureChannelRequest || isRenewed != isRenewal
            || mode != (int)Channel.Security)
        {
            Fail(OpcUaStatus.BadSecurityChecksFailed, "security checks failed");
            return;
        }

        if (!isRenewal) Channel.Id = _server.NextChannel();
        var token = isRenewal ? Channel.Token + 1 : 1;
        var nonce = Channel.NewNonce();
        _body.Clear().Response(OpcUaMessageType.OpenSecureChannelRequest + OpcUaMessageType.ToResponse, handle, Now)
            .UInt32(0).UInt32(Channel.Id).UInt32(token).Time(Now).UInt32(lifetime)
            .ByteString(nonce.Length == 0 ? null : nonce);
        Channel.WriteOpen(_output.Clear(), requestId, _body.Written);
        Channel.Issue(token, nonce, clientNonce, isServer: true);
        _send(_output.Written);
    }

    private void Message(ReadOnlySpan<byte> chunk)
    {
        if (!Channel.TryRead(chunk, out var requestId, out var body))
        {
            Fail(OpcUaStatus.BadSecurityChecksFailed, "security checks failed");
            return;
        }

        var kind = chunk[3];
        if (kind == (byte)'A')
        {
            _chunks = 0;
            _message.Clear();
            return;
        }

        if (_chunks == 0) _message.Clear();
        if (++_chunks > OpcUaServer.MaximumChunks)
        {
            Fail(OpcUaStatus.BadTcpMessageTooLarge, "too many chunks");
            return;
        }

        _message.Raw(body);
        if (kind == (byte)'C') return;
        _chunks = 0;
        _server.Services.Serve(this, requestId, _message.Written);
    }
}
