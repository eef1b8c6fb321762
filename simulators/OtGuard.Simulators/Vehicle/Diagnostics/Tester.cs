namespace OtGuard.Simulators.Vehicle.Diagnostics;

/// <summary>A diagnostic tester at the connector: asks a control unit and waits for its answer.</summary>
internal sealed class Tester
{
    // P2 is 50 ms, a tester allows for its own delays; after "response pending" 5 s (ISO 14229-2:2013 §7.2).
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan LongPatience = TimeSpan.FromSeconds(5);

    private readonly VehicleNetwork _network;
    private readonly IsoTpEndpoint _endpoint;
    private Action? _then;
    private long _question;

    public Tester(VehicleNetwork network, UdsServer server)
        : this(network, server.RequestId, server.ResponseId)
    {
    }

    public Tester(VehicleNetwork network, uint requestId, uint responseId)
    {
        _network = network;
        _endpoint = new IsoTpEndpoint(network, network.Main, requestId, responseId)
        {
            BlockSize = 0,
            IsDeaf = true,
        };
        _endpoint.Received = OnAnswer;
    }

    /// <summary>The last answer, or null where there was none in time.</summary>
    public byte[]? Answer { get; private set; }

    /// <summary>True where the last request was done.</summary>
    public bool Succeeded => Answer is [not 0x7F, ..];

    /// <summary>The seed in the last answer.</summary>
    public uint Seed => Answer is [0x67, _, var a, var b, var c, var d]
        ? (uint)(a << 24 | b << 16 | c << 8 | d)
        : 0;

    /// <summary>Asks, and goes on when the answer is there or no longer to be expected.</summary>
    public Step Ask(params byte[] request) => new(then =>
    {
        Answer = null;
        _then = then;
        _endpoint.IsDeaf = false;
        var question = ++_question;
        _endpoint.Send(request);
        // A long request needs time for itself.
        GiveUpAfter(Patience + TimeSpan.FromMilliseconds(request.Length), question);
    });

    /// <summary>Tells without waiting for an answer.</summary>
    public void Tell(params byte[] request) => _endpoint.Send(request);

    /// <summary>The steps to unlock a control unit with the right key.</summary>
    public IEnumerable<Step> Unlock()
    {
        yield return Ask(0x27, 0x01);
        var key = UdsServer.Key(Seed);
        yield return Ask(0x27, 0x02, (byte)(key >> 24), (byte)(key >> 16), (byte)(key >> 8), (byte)key);
    }

    /// <summary>The steps to write an image: programming session, unlock, erase, download, check, reset.</summary>
    public IEnumerable<Step> Reprogram(int blocks, Random random)
    {
        yield return Ask(0x10, 0x03);
        yield return Ask(0x85, 0x02);
        yield return Ask(0x28, 0x03, 0x01);
        yield return Ask(0x10, 0x02);
        foreach (var step in Unlock()) yield return step;
        yield return Ask(0x31, 0x01, 0xFF, 0x00);
        // Address and length of four bytes each: 0x80000, blocks of 128 bytes.
        yield return Ask(
            0x34, 0x00, 0x44, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, (byte)(blocks >> 1), (byte)(blocks << 7));
        for (var i = 0; i < blocks; i++)
        {
            var block = new byte[130];
            random.NextBytes(block);
            block[0] = 0x36;
            block[1] = (byte)(i + 1);
            yield return Ask(block);
        }

        yield return Ask(0x37);
        yield return Ask(0x31, 0x01, 0xFF, 0x01);
        yield return Ask(0x11, 0x01);
        yield return _network.Wait(500);
    }

    private void OnAnswer(byte[] message)
    {
        if (message is [0x7F, _, 0x78])
        {
            GiveUpAfter(LongPatience, ++_question);
            return;
        }

        Answer = message;
        _question++;
        Proceed();
    }

    private void GiveUpAfter(TimeSpan patience, long question) => _network.Later(patience, () =>
    {
        if (_question == question) Proceed();
    });

    private void Proceed()
    {
        var then = _then;
        _then = null;
        _endpoint.IsDeaf = true;
        // A tester's program takes a moment between an answer and the next request.
        if (then is not null) _network.Later(TimeSpan.FromMilliseconds(1), then);
    }
}
