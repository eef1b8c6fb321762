using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OtGuard.Simulators.Wire;

/// <summary>How messages are protected (MessageSecurityMode, OPC UA Part 4 v1.05 §7.20).</summary>
internal enum OpcUaSecurity
{
    /// <summary>Not at all: policy None.</summary>
    None = 1,

    /// <summary>Signed and readable: policy Basic256Sha256.</summary>
    Sign = 2,
}

/// <summary>
/// One side of a secure channel: writes the chunks of its messages and reads those of the other side. Not thread-safe.
/// </summary>
/// <remarks>
/// OPC UA Part 6 v1.05 §6.7 (chunks, security headers, sequence numbers, key derivation) and §7.1 (headers of the
/// transport). Messages are signed with HMAC-SHA256; what opens the channel is signed with RSA and encrypted with
/// RSA-OAEP, as policy Basic256Sha256 has it.
/// </remarks>
internal sealed class OpcUaChannel(OpcUaIdentity? own, Random random)
{
    /// <summary>URI of policy None.</summary>
    public const string PolicyNone = "http://opcfoundation.org/UA/SecurityPolicy#None";

    /// <summary>URI of policy Basic256Sha256.</summary>
    public const string PolicyBasic256Sha256 = "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256";

    /// <summary>Bytes of the header of a message in a channel: type, size, channel, token.</summary>
    public const int HeaderBytes = 16;

    private const int SequenceBytes = 8;
    private const int SignatureBytes = 32;
    private const int NonceBytes = 32;

    private readonly OpcUaWriter _scratch = new();
    private Keys? _current;
    private Keys? _previous;
    private Keys? _next;

    /// <summary>How messages are protected.</summary>
    public OpcUaSecurity Security { get; set; } = OpcUaSecurity.None;

    /// <summary>The other side's certificate; empty where it has none.</summary>
    public byte[] RemoteCertificate { get; set; } = [];

    /// <summary>The channel's number, given by the server.</summary>
    public uint Id { get; set; }

    /// <summary>The number of the token in use.</summary>
    public uint Token => _current?.Token ?? 0;

    /// <summary>The latest sequence number sent.</summary>
    public uint Sequence { get; set; }

    /// <summary>The longest chunk sent, in bytes.</summary>
    public int MaximumChunkBytes { get; set; } = 65_535;

    /// <summary>The nonce sent last.</summary>
    public byte[] Nonce { get; private set; } = [];

    /// <summary>A new nonce; none where nothing is protected.</summary>
    public byte[] NewNonce()
    {
        Nonce = Security == OpcUaSecurity.None ? [] : new byte[NonceBytes];
        random.NextBytes(Nonce);
        return Nonce;
    }

    /// <summary>Writes a message of type <c>MSG</c> or <c>CLO</c>, in as many chunks as it needs.</summary>
    public void Write(OpcUaWriter output, ReadOnlySpan<byte> type, uint requestId, ReadOnlySpan<byte> body)
    {
        var room = MaximumChunkBytes - HeaderBytes - SequenceBytes - TrailerBytes;
        for (; body.Length > room; body = body[room..]) WriteChunk(output, type, (byte)'C', requestId, body[..room]);
        WriteChunk(output, type, (byte)'F', requestId, body);
    }

    /// <summary>Writes one chunk: <c>C</c> where others follow, <c>F</c> for the last, <c>A</c> to call it off.</summary>
    public void WriteChunk(
        OpcUaWriter output, ReadOnlySpan<byte> type, byte chunk, uint requestId, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(output);
        var begin = output.Length;
        var size = HeaderBytes + SequenceBytes + body.Length + TrailerBytes;
        output.Raw(type).Byte(chunk).Int32(size).UInt32(Id).UInt32(Token).UInt32(NextSequence()).UInt32(requestId).Raw(body);
        if (Security == OpcUaSecurity.None) return;
        // The room may move the buffer, so that it is taken before what is signed.
        var signature = output.Room(SignatureBytes);
        HMACSHA256.HashData(_current!.Send, output.Written[begin..^SignatureBytes], signature);
    }

    /// <summary>
    /// Writes an OpenSecureChannel message: in clear, or signed with the own key and encrypted for the other side.
    /// </summary>
    public void WriteOpen(OpcUaWriter output, uint requestId, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(output);
        var begin = output.Length;
        output.Raw("OPNF"u8).Int32(0).UInt32(Id);
        if (Security == OpcUaSecurity.None)
        {
            output.String(PolicyNone).Int32(-1).Int32(-1).UInt32(NextSequence()).UInt32(requestId).Raw(body);
            SetSize(output, begin, output.Length - begin);
            return;
        }

        output.String(PolicyBasic256Sha256).ByteString(own!.Certificate)
            .ByteString(OpcUaIdentity.ThumbprintOf(RemoteCertificate));
        var header = output.Length;
        // Padding to whole blocks, with the byte that says how much of it there is (§6.7.2.5).
        var content = SequenceBytes + body.Length + 1 + OpcUaIdentity.KeyBytes;
        var blocks = (content + OpcUaIdentity.PlainBlockBytes - 1) / OpcUaIdentity.PlainBlockBytes;
        var padding = blocks * OpcUaIdentity.PlainBlockBytes - content;
        output.UInt32(NextSequence()).UInt32(requestId).Raw(body).Byte((byte)padding);
        output.Room(padding).Fill((byte)padding);
        SetSize(output, begin, header - begin + blocks * OpcUaIdentity.KeyBytes);
        output.Raw(own.Sign(output.Written[begin..]));
        var encrypted = OpcUaIdentity.Encrypt(RemoteCertificate, output.Written[header..], random);
        output.Truncate(header);
        output.Raw(encrypted);
    }

    /// <summary>
    /// Takes the keys of a new token. A client uses it at once; a server once the client has (Part 4 v1.05 §5.6.2).
    /// </summary>
    public void Issue(uint token, ReadOnlySpan<byte> ownNonce, ReadOnlySpan<byte> remoteNonce, bool isServer)
    {
        var keys = Security == OpcUaSecurity.None
            ? new Keys(token, [], [])
            : new Keys(token, Derive(remoteNonce, ownNonce), Derive(ownNonce, remoteNonce));
        if (isServer && _current is not null)
        {
            _next = keys;
            return;
        }

        _previous = _current;
        _current = keys;
    }

    /// <summary>
    /// Reads a chunk of type <c>MSG</c> or <c>CLO</c>: its request identifier, and its body without the signature. False
    /// where it is of another channel or token, too short, or its signature is wrong.
    /// </summary>
    public bool TryRead(ReadOnlySpan<byte> chunk, out uint requestId, out ReadOnlySpan<byte> body)
    {
        requestId = 0;
        body = default;
        if (chunk.Length < HeaderBytes + SequenceBytes + TrailerBytes) return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(chunk[8..]) != Id) return false;
        var token = BinaryPrimitives.ReadUInt32LittleEndian(chunk[12..]);
        if (_next?.Token == token) (_previous, _current, _next) = (_current, _next, null);
        var keys = _current?.Token == token ? _current : _previous?.Token == token ? _previous : null;
        if (keys is null) return false;
        if (Security == OpcUaSecurity.Sign)
        {
            Span<byte> signature = stackalloc byte[SignatureBytes];
            HMACSHA256.HashData(keys.Receive, chunk[..^SignatureBytes], signature);
            if (!signature.SequenceEqual(chunk[^SignatureBytes..])) return false;
        }

        requestId = BinaryPrimitives.ReadUInt32LittleEndian(chunk[(HeaderBytes + 4)..]);
        body = chunk[(HeaderBytes + SequenceBytes)..^TrailerBytes];
        return true;
    }

    /// <summary>
    /// Reads an OpenSecureChannel message, whose policy and certificate it takes over. False where it is encrypted for
    /// somebody else, its signature wrong, or its policy none of the two.
    /// </summary>
    public bool TryReadOpen(ReadOnlySpan<byte> chunk, out uint requestId, out byte[] body)
    {
        requestId = 0;
        body = [];
        if (chunk.Length < HeaderBytes) return false;
        var reader = new OpcUaReader(chunk[12..]);
        var policy = reader.String();
        var certificate = reader.ByteString().ToArray();
        reader.ByteString();
        if (reader.Failed) return false;
        var rest = reader.Rest;
        if (policy == PolicyNone)
        {
            if (rest.Length < SequenceBytes) return false;
            Security = OpcUaSecurity.None;
            requestId = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            body = rest[SequenceBytes..].ToArray();
            return true;
        }

        if (policy != PolicyBasic256Sha256 || own?.Decrypt(rest) is not { } plain) return false;
        var signed = plain.Length - OpcUaIdentity.KeyBytes;
        if (signed <= SequenceBytes) return false;
        var header = chunk.Length - rest.Length;
        _scratch.Clear().Raw(chunk[..header]).Raw(plain.AsSpan(0, signed));
        if (!OpcUaIdentity.Verify(certificate, _scratch.Written, plain.AsSpan(signed))) return false;
        var end = signed - 1 - plain[signed - 1];
        if (end < SequenceBytes) return false;
        Security = OpcUaSecurity.Sign;
        RemoteCertificate = certificate;
        requestId = BinaryPrimitives.ReadUInt32LittleEndian(plain.AsSpan(4));
        body = plain[SequenceBytes..end];
        return true;
    }

    private int TrailerBytes => Security == OpcUaSecurity.None ? 0 : SignatureBytes;

    // §6.7.2.4: up by one, and from a small number again before the largest.
    private uint NextSequence() => Sequence = Sequence >= uint.MaxValue - 1024 ? 1 : Sequence + 1;

    private static void SetSize(OpcUaWriter output, int begin, int size) =>
        output.Patch(begin + 4, (uint)size);

    // P_SHA256 (RFC 5246 §5) of the other side's nonce as secret and the own as seed: the first 32 bytes, which are the
    // signing key (§6.7.5). The keys behind them would encrypt.
    internal static byte[] Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> seed)
    {
        byte[] first = [.. HMACSHA256.HashData(secret, seed), .. seed];
        return HMACSHA256.HashData(secret, first);
    }

    private sealed record Keys(uint Token, byte[] Send, byte[] Receive);
}
