using System.Text;
using OtGuard.Collectors.OpcUa.Types;

namespace OtGuard.Collectors.OpcUa.Services;

/// <summary>The users and applications seen in a run, by the number that stands for them in observations.</summary>
/// <remarks>The number is a hash of the text, the same in every run. Bounded: full, it keeps what it has and counts. Takes
/// a lock; actors come with sessions only.</remarks>
internal sealed class Actors(int maximum)
{
    private readonly Dictionary<uint, string> _texts = [];
    private readonly Lock _using = new();

    /// <summary>Actors that found no room for their name.</summary>
    public long Overflowed { get; private set; }

    /// <summary>The number of an actor; never 0.</summary>
    public uint NumberOf(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var number = new NodeIdView(NodeIdKind.Text, 0, 0, 0, bytes.Length).Hash(bytes);
        lock (_using)
        {
            if (_texts.Count >= maximum && !_texts.ContainsKey(number)) Overflowed++;
            else _texts.TryAdd(number, text);
        }

        return number;
    }

    /// <summary>The text of a number, empty where it was not kept.</summary>
    public string TextOf(uint number)
    {
        lock (_using) return _texts.GetValueOrDefault(number, "");
    }
}

/// <summary>The sessions of one connection: who is behind an authentication token. Bounded; the oldest gives way.</summary>
internal sealed class Sessions
{
    /// <summary>Sessions at a time on one connection: clients open one, gateways a few.</summary>
    private const int Maximum = 32;

    private readonly List<(ulong Session, string Application, uint Actor)> _sessions = [];

    /// <summary>The actor of the only session there is; 0 where there are several or none.</summary>
    public uint OnlyActor => _sessions.Count == 1 ? _sessions[0].Actor : 0;

    /// <summary>Who the session belongs to, 0 where that is not known.</summary>
    public uint ActorOf(ulong session)
    {
        if (session == 0) return 0;
        foreach (var known in _sessions)
            if (known.Session == session) return known.Actor;
        return 0;
    }

    /// <summary>The application that opened a session, an empty text where that was not seen.</summary>
    public string ApplicationOf(ulong session)
    {
        foreach (var known in _sessions)
            if (known.Session == session) return known.Application;
        return "";
    }

    public void Set(ulong session, string application, uint actor)
    {
        if (session == 0) return;
        Remove(session);
        if (_sessions.Count == Maximum) _sessions.RemoveAt(0);
        _sessions.Add((session, application, actor));
    }

    public void Remove(ulong session)
    {
        for (var at = 0; at < _sessions.Count; at++)
        {
            if (_sessions[at].Session != session) continue;
            _sessions.RemoveAt(at);
            return;
        }
    }
}
