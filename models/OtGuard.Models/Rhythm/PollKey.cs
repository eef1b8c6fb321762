using OtGuard.Collectors;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Rhythm;

/// <summary>What is repeated.</summary>
internal enum PollKind : byte
{
    /// <summary>A client asks a server the same thing again and again.</summary>
    Poll,

    /// <summary>A server reports to a subscriber.</summary>
    Publish,

    /// <summary>A message on a bus.</summary>
    Message,
}

/// <summary>
/// What is repeated, by numbers that mean the same in every run. Redundant partners are one asker: it is the smallest of
/// their addresses.
/// </summary>
internal readonly record struct PollKey(
    PollKind Kind, string Protocol, NetworkAddress Asker, NetworkAddress Server, ushort Service, short Unit, short Code,
    int SubCode, Target Target)
{
    /// <summary>The key of an observation that <see cref="LivePoll"/> was made of.</summary>
    public static PollKey Of(
        in LivePoll live, in Observation observation, ProtocolRegistry protocols, Baseline vocabulary)
    {
        var conversation = observation.Connection.Conversation;
        return new PollKey(
            live.Kind, protocols.Name(live.Protocol), Asking.Role(vocabulary, conversation.Client), conversation.Server,
            conversation.Service, live.Unit, live.Code, live.SubCode, live.Target);
    }

    /// <summary>
    /// Who has to be alive for silence to mean something: the server; of a report the subscriber, as one that is gone is told
    /// nothing; on a bus, the bus.
    /// </summary>
    public NetworkAddress Place => Kind == PollKind.Poll ? Server : Asker;

    internal void Write(ModelWriter writer)
    {
        writer.Write((byte)Kind);
        writer.Write(Protocol);
        writer.Write(Asker);
        writer.Write(Server);
        writer.Write((int)Service);
        writer.Write((int)Unit);
        writer.Write((int)Code);
        writer.Write(SubCode);
        writer.Write((byte)Target.Space);
        writer.Write((long)Target.Start);
        writer.Write(Target.Count);
    }

    internal static PollKey Read(ModelReader reader) => new(
        reader.ReadEnum<PollKind>(), reader.ReadText(), reader.ReadAddress(), reader.ReadAddress(),
        (ushort)reader.ReadInteger(), (short)reader.ReadInteger(), (short)reader.ReadInteger(), reader.ReadInteger(),
        new Target(reader.ReadEnum<TargetSpace>(), (uint)reader.ReadLong(), reader.ReadInteger()));
}

/// <summary>The order rhythms are written in: the same for the same things.</summary>
internal sealed class PollOrder : IComparer<PollKey>
{
    public static readonly PollOrder Instance = new();

    public int Compare(PollKey x, PollKey y)
    {
        var order = x.Kind.CompareTo(y.Kind);
        if (order == 0) order = string.CompareOrdinal(x.Protocol, y.Protocol);
        if (order == 0) order = x.Server.CompareTo(y.Server);
        if (order == 0) order = x.Asker.CompareTo(y.Asker);
        if (order == 0) order = x.Service.CompareTo(y.Service);
        if (order == 0) order = x.Unit.CompareTo(y.Unit);
        if (order == 0) order = x.Code.CompareTo(y.Code);
        if (order == 0) order = x.SubCode.CompareTo(y.SubCode);
        if (order == 0) order = x.Target.Space.CompareTo(y.Target.Space);
        if (order == 0) order = x.Target.Start.CompareTo(y.Target.Start);
        return order == 0 ? x.Target.Count.CompareTo(y.Target.Count) : order;
    }
}

/// <summary>The same by numbers of one run: what an observation is looked up by.</summary>
internal readonly record struct LivePoll(
    PollKind Kind, byte Protocol, int Conversation, short Unit, short Code, int SubCode, Target Target)
{
    /// <summary>
    /// What an observation repeats; false where it is no request and no report: an answer nobody asked for, bytes without a
    /// meaning, a part of a longer message, and all but the first of the operations that one message holds.
    /// </summary>
    public static bool TryOf(in Observation observation, out LivePoll live)
    {
        live = default;
        if (observation.Part != 0 || observation.Outcome is Outcome.Unsolicited or Outcome.Undecodable) return false;
        var conversation = observation.Connection.Conversation.Index;
        switch (observation.Target.Space)
        {
            case TargetSpace.CanIdentifier:
                if (observation.Operation != Operation.Broadcast) return false;
                live = new LivePoll(
                    PollKind.Message, observation.Protocol, conversation, -1, -1, -1,
                    new Target(TargetSpace.CanIdentifier, observation.Target.Start, 1));
                return true;
            case TargetSpace.ParameterGroups:
                // Their frames are judged one by one.
                return false;
        }

        live = observation.Operation == Operation.Notify
            ? new LivePoll(
                PollKind.Publish, observation.Protocol, conversation, observation.Unit, observation.Code, -1, Target.None)
            : new LivePoll(
                PollKind.Poll, observation.Protocol, conversation, observation.Unit, observation.Code, observation.SubCode,
                observation.Target);
        return true;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = ((ulong)(uint)Conversation << 32 | Target.Start) * 0x9E37_79B9_7F4A_7C15;
        hash ^= ((ulong)(ushort)Unit << 48 | (ulong)(ushort)Code << 32 | (uint)Target.Count) * 0xBF58_476D_1CE4_E5B9;
        hash ^= ((ulong)(byte)Kind << 48 | (ulong)Protocol << 40 | (ulong)Target.Space << 32 | (uint)SubCode)
            * 0x94D0_49BB_1331_11EB;
        return (int)(hash >> 32);
    }
}

/// <summary>Who asks, where several hosts hold one role.</summary>
internal static class Asking
{
    /// <summary>The smallest of the addresses of a host and its redundant partners, so that a fail-over changes nothing.</summary>
    public static NetworkAddress Role(Baseline vocabulary, NetworkAddress client)
    {
        var role = client;
        foreach (var peer in vocabulary.PeersOf(client))
            if (peer.CompareTo(role) < 0) role = peer;
        return role;
    }
}

/// <summary>
/// Finds the number of what was learned by the numbers of the run, and remembers the answer. Bounded: beyond
/// <see cref="Capacity"/> different things of a run the answers are no longer remembered, and counted.
/// </summary>
internal sealed class LiveIndex<TLive, TLearned>(Dictionary<TLearned, int> learned)
    where TLive : notnull
    where TLearned : notnull
{
    /// <summary>Things of a run remembered at most: as many as templates of a training trace.</summary>
    public const int Capacity = 1 << 16;

    /// <summary>The answer for what was not learned.</summary>
    public const int Unknown = -1;

    private readonly Dictionary<TLive, int> _known = [];

    /// <summary>Look-ups whose answer found no room.</summary>
    public long Forgotten { get; private set; }

    /// <summary>True where the thing was met before in this run.</summary>
    public bool TryFind(in TLive live, out int number) => _known.TryGetValue(live, out number);

    /// <summary>Looks a thing up that was not met before.</summary>
    public int Meet(in TLive live, TLearned key)
    {
        var number = learned.GetValueOrDefault(key, Unknown);
        if (_known.Count < Capacity) _known.Add(live, number);
        else Forgotten++;
        return number;
    }
}
