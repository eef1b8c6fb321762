using System.Buffers;
using OtGuard.Collectors.OpcUa.Security;
using OtGuard.Collectors.OpcUa.Services;

namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>A message whose chunks come in.</summary>
internal sealed class PartialMessage
{
    private readonly List<int> _ends = [];
    private byte[] _buffer = [];
    private int _length;

    public uint RequestId;
    public uint FirstSequence;
    public Sighting Began;
    public long WireBytes;

    /// <summary>Chunks so far.</summary>
    public int Chunks { get; private set; }

    /// <summary>Bytes kept.</summary>
    public int Length => _length;

    /// <summary>Not everything was kept.</summary>
    public bool IsCut { get; private set; }

    /// <summary>It was already said that there are too many chunks.</summary>
    public bool IsReported { get; set; }

    public ReadOnlySpan<byte> Data => _buffer.AsSpan(0, _length);

    /// <summary>Adds a chunk's body, as far as <paramref name="room"/> goes.</summary>
    public void Append(ReadOnlySpan<byte> body, int room)
    {
        Chunks++;
        if (body.Length > room)
        {
            IsCut = true;
            return;
        }

        if (IsCut) return;
        if (_buffer.Length < _length + body.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_length + body.Length, 2 * _buffer.Length));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        body.CopyTo(_buffer.AsSpan(_length));
        _length += body.Length;
        _ends.Add(_length);
    }

    /// <summary>
    /// Takes the signatures out of the chunks, which are part of what was kept as long as their length was not known: the
    /// length with which the message is what its service says. -1 where none fits.
    /// </summary>
    public int StripSignatures()
    {
        if (IsCut) return -1;
        var trial = ArrayPool<byte>.Shared.Rent(_length);
        var fitting = -1;
        foreach (var signature in SecurityPolicies.SignatureLengths)
        {
            var length = Copy(signature, trial);
            if (length < 0 || !MessageReader.FitsExactly(trial.AsSpan(0, length))) continue;
            trial.AsSpan(0, length).CopyTo(_buffer);
            _length = length;
            fitting = signature;
            break;
        }

        ArrayPool<byte>.Shared.Return(trial);
        return fitting;
    }

    public void Release()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _ends.Clear();
        _length = Chunks = 0;
        IsCut = IsReported = false;
        WireBytes = 0;
    }

    private int Copy(int signature, Span<byte> to)
    {
        var (from, at) = (0, 0);
        foreach (var end in _ends)
        {
            var length = end - from - signature;
            if (length < 0) return -1;
            Data.Slice(from, length).CopyTo(to[at..]);
            at += length;
            from = end;
        }

        return at;
    }
}

/// <summary>The unfinished messages of one direction: chunks of several may come by turns.</summary>
internal sealed class Reassembly(int maximumBytes)
{
    /// <summary>Unfinished messages at a time. The standard lets chunks of several requests alternate; stacks send one at a time.</summary>
    public const int MaximumMessages = 4;

    private readonly List<PartialMessage> _messages = [];
    private readonly Stack<PartialMessage> _free = [];

    public int Count => _messages.Count;

    public bool IsFull => _messages.Count >= MaximumMessages;

    public PartialMessage Oldest => _messages[0];

    /// <summary>Bytes that one more chunk may take.</summary>
    public int Room
    {
        get
        {
            var used = 0;
            foreach (var message in _messages) used += message.Length;
            return maximumBytes - used;
        }
    }

    public PartialMessage? Find(uint requestId)
    {
        foreach (var message in _messages)
            if (message.RequestId == requestId) return message;
        return null;
    }

    public PartialMessage Begin(uint requestId, uint sequence, Sighting sighting)
    {
        var message = _free.Count > 0 ? _free.Pop() : new PartialMessage();
        message.RequestId = requestId;
        message.FirstSequence = sequence;
        message.Began = sighting;
        _messages.Add(message);
        return message;
    }

    public void End(PartialMessage message)
    {
        _messages.Remove(message);
        message.Release();
        _free.Push(message);
    }

    public void Clear()
    {
        while (_messages.Count > 0) End(_messages[^1]);
    }
}
