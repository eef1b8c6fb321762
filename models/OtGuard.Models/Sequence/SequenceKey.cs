using OtGuard.Collectors;
using OtGuard.Models.Conversations;
using OtGuard.Models.Rhythm;
using OtGuard.Models.Scoring;

namespace OtGuard.Models.Sequence;

/// <summary>Who speaks: a conversation, or a bus.</summary>
internal readonly record struct SpeakerKey(TrafficKey Conversation, bool IsBus) : IComparable<SpeakerKey>
{
    public int CompareTo(SpeakerKey other)
    {
        var order = IsBus.CompareTo(other.IsBus);
        return order == 0 ? Conversation.CompareTo(other.Conversation) : order;
    }

    internal void Write(ModelWriter writer)
    {
        Conversation.Write(writer);
        writer.Write(IsBus);
    }

    internal static SpeakerKey Read(ModelReader reader) => new(TrafficKey.Read(reader), reader.ReadBoolean());
}

/// <summary>What is said: a request without its values, or an arbitration identifier.</summary>
internal readonly record struct Word(short Unit, short Code, int SubCode, TargetSpace Space, uint Start, int Count)
{
    public static Word Of(in LivePoll live) =>
        new(live.Unit, live.Code, live.SubCode, live.Target.Space, live.Target.Start, live.Target.Count);

    /// <summary>Its place in hashes; equality is exact.</summary>
    public override int GetHashCode() =>
        (int)((((ulong)Start << 32 | (uint)Count)
            ^ ((ulong)(ushort)Unit << 48 | (ulong)(ushort)Code << 16 | (uint)SubCode) ^ (ulong)Space << 24)
            * 0x9E37_79B9_7F4A_7C15 >> 32);

    internal void Write(ModelWriter writer)
    {
        writer.Write((int)Unit);
        writer.Write((int)Code);
        writer.Write(SubCode);
        writer.Write((byte)Space);
        writer.Write((long)Start);
        writer.Write(Count);
    }

    internal static Word Read(ModelReader reader) => new(
        (short)reader.ReadInteger(), (short)reader.ReadInteger(), reader.ReadInteger(), reader.ReadEnum<TargetSpace>(),
        (uint)reader.ReadLong(), reader.ReadInteger());
}
