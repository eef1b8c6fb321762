using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Detections;

/// <summary>Keys of facts: numbers made of what makes two of them the same, without an allocation.</summary>
internal static class Facts
{
    /// <summary>About a host.</summary>
    public static FactKey Of(NetworkAddress address) => new(Number(address));

    /// <summary>About two hosts, in this order.</summary>
    public static FactKey Of(NetworkAddress first, NetworkAddress second) => new(Number(first), Number(second));

    /// <summary>About what is declared by a name.</summary>
    public static FactKey OfText(string name)
    {
        // FNV-1a, 64 bits: the same in every run.
        var hash = 14_695_981_039_346_656_037UL;
        foreach (var letter in name) hash = (hash ^ letter) * 1_099_511_628_211UL;
        return new FactKey(hash);
    }

    /// <summary>About a conversation.</summary>
    public static FactKey Of(Conversation conversation) => new((ulong)conversation.Index);

    /// <summary>About a unit in a conversation.</summary>
    public static FactKey OfUnit(in Observation observation) =>
        new((ulong)observation.Connection.Conversation.Index, (ushort)observation.Unit);

    /// <summary>
    /// The same fact while it was only tried: what was refused must not swallow what is carried out later. A refusal of
    /// what was carried out before stays with that. For keys about a conversation.
    /// </summary>
    public static FactKey OrTried(this FactKey done, DeviationKind kind, in Observation observation, DetectionContext context) =>
        observation.Outcome == Outcome.Rejected && context.Deviations.Find(kind.Name, done) is null
            ? done with { A = done.A | 1UL << 63 }
            : done;

    /// <summary>About an operation on a unit in a conversation.</summary>
    public static FactKey OfOperation(in Observation observation) => new(
        (ulong)observation.Connection.Conversation.Index,
        (ulong)(ushort)observation.Unit << 48 | (ulong)(ushort)observation.Code << 32 | (uint)observation.SubCode);

    /// <summary>About an address range of a unit in a conversation, written or read.</summary>
    public static FactKey OfRange(in Observation observation, Target target, bool write, uint start) => new(
        (ulong)observation.Connection.Conversation.Index << 1 | (write ? 1UL : 0),
        (ulong)(ushort)observation.Unit << 48 | (ulong)target.Space << 40 | start);

    /// <summary>
    /// An address as one number. IPv4 and MAC addresses keep all their bits; of IPv6 the halves are mixed, so that two
    /// facts might share a key once in 2⁶⁴ pairs.
    /// </summary>
    private static ulong Number(NetworkAddress address) =>
        ((ulong)address.Kind << 56) ^ address.Low ^ address.High * 0x9E37_79B9_7F4A_7C15;
}
