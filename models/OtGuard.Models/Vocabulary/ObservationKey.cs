using System.Numerics;
using OtGuard.Collectors;

namespace OtGuard.Models;

/// <summary>
/// All of an application observation that its vocabulary depends on, in five words and a half: two observations with the same key
/// say the same thing. Compared exactly, so that no collision can hide anything.
/// </summary>
internal readonly struct ObservationKey : IEquatable<ObservationKey>
{
    private readonly ulong _who;
    private readonly ulong _target;
    private readonly ulong _writeTarget;
    private readonly ulong _refinement;
    private readonly ulong _kind;
    private readonly uint _actor;

    private ObservationKey(in Observation observation)
    {
        var target = observation.Target;
        var write = observation.WriteTarget;
        _who = (ulong)(uint)observation.Connection.Conversation.Index << 32
            | (uint)(ushort)observation.Unit << 16 | (ushort)observation.Code;
        _target = (ulong)target.Start << 32 | (uint)target.Count;
        _writeTarget = (ulong)write.Start << 32 | (uint)write.Count;
        _actor = observation.Actor;
        _refinement = (ulong)(uint)observation.SubCode << 32 | (uint)observation.Reason;
        // The two halves seen or not take part: a host is one that sends. So does whether it could have been seen who
        // acts. The top bit keeps the key from being all zero, as a free slot is.
        _kind = 1ul << 63 | (observation.Connection.JoinedMidway ? 1ul << 60 : 0)
            | (observation.RequestFrame != 0 ? 1ul << 62 : 0) | (observation.ResponseFrame != 0 ? 1ul << 61 : 0)
            | (ulong)observation.Protocol << 32 | (ulong)target.Space << 24 | (ulong)write.Space << 16
            | (ulong)observation.Operation << 8 | (ulong)observation.Outcome;
    }

    /// <summary>The key of an observation of an application protocol.</summary>
    internal static ObservationKey Of(in Observation observation) => new(in observation);

    /// <summary>Equality without a copy of the other key.</summary>
    internal bool Is(in ObservationKey other) =>
        ((_who ^ other._who) | (_target ^ other._target) | (_kind ^ other._kind)
            | (_refinement ^ other._refinement) | (_writeTarget ^ other._writeTarget) | (_actor ^ other._actor)) == 0;

    /// <summary>A hash whose upper bits are mixed best.</summary>
    internal ulong Hash
    {
        get
        {
            // Multiplication by odd constants (the golden ratio's and splitmix64's), folded once.
            var hash = (_who ^ BitOperations.RotateLeft(_target, 23) ^ (ulong)_actor << 20) * 0x9E37_79B9_7F4A_7C15;
            hash ^= (_kind ^ BitOperations.RotateLeft(_refinement, 41) ^ BitOperations.RotateLeft(_writeTarget, 11))
                * 0xBF58_476D_1CE4_E5B9;
            return (hash ^ hash >> 29) * 0x94D0_49BB_1331_11EB;
        }
    }

    public bool Equals(ObservationKey other) => Is(in other);

    public override bool Equals(object? obj) => obj is ObservationKey other && Equals(other);

    public override int GetHashCode() => (int)(Hash >> 32);
}
