using OtGuard.Collectors.OpcUa.Services;

namespace OtGuard.Collectors.OpcUa.Transport;

/// <summary>A request that waits for its response. Its buffer stays with it when it is used again.</summary>
internal sealed class PendingRequest
{
    /// <summary>A longer buffer is not kept for the next request: reads and writes of some hundred nodes fit.</summary>
    private const int KeptBytes = 16 << 10;

    private byte[] _buffer = [];

    public CaptureTime Time;
    public long Frame;
    public long Deadline;
    public uint RequestId;
    public uint TypeId;
    public Service? Service;
    public uint Channel;
    public uint Token;
    public uint Sequence;
    public uint Actor;
    public ulong Session;
    public OpcUaAnomaly Anomalies;
    public OpcUaAnomaly BodyAnomalies;
    public int SecurityCode;

    /// <summary>Bytes of this connection's answers are missing since it was sent: no answer proves nothing.</summary>
    public bool AnswerMayBeLost;

    /// <summary>Part of it is missing or was left out, so that an early end is no fault of its sender.</summary>
    public bool IsPartial;

    public int Length { get; private set; }

    /// <summary>Where the fields behind the request header begin.</summary>
    public int BodyAt { get; set; }

    /// <summary>The message from the request header on.</summary>
    public Span<byte> Data => _buffer.AsSpan(0, Length);

    public void Store(ReadOnlySpan<byte> data)
    {
        if (_buffer.Length < data.Length)
            _buffer = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(data.Length, 256))];
        data.CopyTo(_buffer);
        Length = data.Length;
    }

    /// <summary>Leaves out everything behind a place.</summary>
    public void CutAt(int length) => Length = Math.Min(Length, length);

    public void Release()
    {
        if (_buffer.Length > KeptBytes) _buffer = [];
        Length = 0;
        Service = null;
    }
}

/// <summary>
/// The requests of one connection that wait for their responses, oldest first. Bounded; grows to its bound and allocates
/// nothing else once the requests' buffers have their size.
/// </summary>
internal sealed class PendingRequests(int maximum)
{
    private uint[] _ids = new uint[8];
    private PendingRequest[] _requests = new PendingRequest[8];

    public int Count { get; private set; }

    public bool IsFull => Count >= maximum;

    /// <summary>The request at an age: 0 is the oldest.</summary>
    public PendingRequest this[int age] => _requests[age];

    /// <summary>Adds a request as the youngest. <see cref="IsFull"/> has to be false.</summary>
    public PendingRequest Add(uint requestId)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Count * 2);
            Array.Resize(ref _requests, Count * 2);
        }

        var request = _requests[Count] ??= new PendingRequest();
        _ids[Count++] = requestId;
        request.RequestId = requestId;
        return request;
    }

    /// <summary>The age of the request with this identifier, or -1.</summary>
    public int IndexOf(uint requestId) => _ids.AsSpan(0, Count).IndexOf(requestId);

    /// <summary>Takes a request out; it is kept for use as a later one.</summary>
    public void RemoveAt(int age)
    {
        var request = _requests[age];
        request.Release();
        Count--;
        _ids.AsSpan(age + 1, Count - age).CopyTo(_ids.AsSpan(age));
        Array.Copy(_requests, age + 1, _requests, age, Count - age);
        _requests[Count] = request;
    }
}
