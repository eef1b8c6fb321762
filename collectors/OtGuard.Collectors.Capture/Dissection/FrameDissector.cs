using System.Diagnostics.CodeAnalysis;
using OtGuard.Collectors.Dissection;

namespace OtGuard.Collectors.Capture.Dissection;

/// <summary>
/// Takes frames apart from their link header to the fields of the protocols they carry. Messages that span several
/// segments of TCP are put together, and each frame gets the fields that lie in it.
/// </summary>
/// <remarks>
/// Segments are joined in the order they were captured: one that comes out of order is read on its own, as one that
/// does not follow what came before. Fragments of IP are named and not joined.
/// </remarks>
public sealed class FrameDissector : IFrameDissector
{
    /// <summary>Frames that wait for the rest of a message; beyond, the first of them waits no longer.</summary>
    public const int MaximumWaiting = 1024;

    private readonly IReadOnlyList<ILinkDissector> _links;
    private readonly NetworkDissector _network;
    private readonly Queue<DissectedFrame> _frames = [];
    private bool _finished;

    /// <summary>Creates a dissector.</summary>
    /// <param name="protocols">Who is asked about payload, in order.</param>
    /// <param name="links">Who takes frames of links that are no network, in order.</param>
    public FrameDissector(ProtocolRegistry protocols, params IReadOnlyList<ILinkDissector> links)
    {
        _links = links;
        _network = new NetworkDissector(protocols);
    }

    /// <summary>Frames whose message was given up because too many waited.</summary>
    public long GivenUp { get; private set; }

    /// <inheritdoc/>
    public void Add(in CapturedFrame frame)
    {
        var dissected = new DissectedFrame(in frame);
        _frames.Enqueue(dissected);
        ILinkDissector? link = null;
        foreach (var one in _links)
        {
            if (!one.Takes(in frame)) continue;
            link = one;
            break;
        }

        if (link is not null) link.Dissect(in frame, dissected);
        else _network.Dissect(dissected);
        if (_frames.Count <= MaximumWaiting || !_frames.Peek().IsWaiting) return;
        GivenUp++;
        _frames.Peek().EndMessages();
    }

    /// <inheritdoc/>
    public bool TryTake([NotNullWhen(true)] out DissectedFrame? frame)
    {
        frame = null;
        if (!_frames.TryPeek(out var first)) return false;
        if (_finished) first.EndMessages();
        else if (first.IsWaiting) return false;
        frame = _frames.Dequeue();
        return true;
    }

    /// <inheritdoc/>
    public void Finish() => _finished = true;
}
