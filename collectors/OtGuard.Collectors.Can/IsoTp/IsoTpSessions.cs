using System.Buffers;
using OtGuard.Collectors.Can.Frames;

namespace OtGuard.Collectors.Can.IsoTp;

/// <summary>Where a bus is: its clock in nanoseconds, and how many frames it has carried.</summary>
internal readonly record struct BusMoment(long Clock, long Count);

/// <summary>A message being put together from consecutive frames.</summary>
internal sealed class IsoTpSession
{
    private byte[] _buffer = [];

    /// <summary>Whose message it is; null while the slot is free.</summary>
    public IdentifierState? Owner { get; private set; }

    public int Length { get; private set; }

    public int Received { get; private set; }

    public byte NextSequence { get; private set; }

    /// <summary>The bus's clock when its last frame came.</summary>
    public long LastClock { get; private set; }

    /// <summary>The number of the bus's frames then.</summary>
    public long LastCount { get; private set; }

    public Sighting Begun { get; private set; }

    public bool IsComplete => Received == Length;

    public ReadOnlySpan<byte> Message => _buffer.AsSpan(0, Received);

    public void Begin(IdentifierState owner, int length, ReadOnlySpan<byte> data, Sighting begun, BusMoment now)
    {
        Owner = owner;
        Length = length;
        Received = 0;
        NextSequence = 1;
        Begun = begun;
        (LastClock, LastCount) = (now.Clock, now.Count);
        Append(data);
    }

    public void Continue(ReadOnlySpan<byte> data, BusMoment now)
    {
        NextSequence = (byte)((NextSequence + 1) & 15);
        (LastClock, LastCount) = (now.Clock, now.Count);
        Append(data);
    }

    public void End() => Owner = null;

    /// <summary>Room grows with what comes and not with what is announced: an announcement costs its sender nothing.</summary>
    private void Append(ReadOnlySpan<byte> data)
    {
        var take = Math.Min(data.Length, Length - Received);
        if (_buffer.Length < Received + take)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(64, Math.Min(Length, (Received + take) * 2)));
            _buffer.AsSpan(0, Received).CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        data[..take].CopyTo(_buffer.AsSpan(Received));
        Received += take;
    }
}

/// <summary>What is known of one identifier on a channel.</summary>
internal sealed class IdentifierState(uint identifier, IdentifierForm form)
{
    public uint Identifier { get; } = identifier;

    /// <summary>What the identifier itself says by the standards.</summary>
    public IdentifierForm Form { get; } = form;

    /// <summary>Position of the protocol control information: 0, or 1 behind an address.</summary>
    public int Offset { get; set; } = form is IdentifierForm.MixedPhysical or IdentifierForm.MixedFunctional ? 1 : 0;

    /// <summary>Frames seen.</summary>
    public long Frames { get; set; }

    /// <summary>Frames that were whole requests, while nobody had answered any.</summary>
    public long Candidates { get; set; }

    /// <summary>Frames that cannot be ISO-TP with normal addressing.</summary>
    public long InvalidNormal { get; set; }

    /// <summary>Frames that cannot be ISO-TP behind an address.</summary>
    public long InvalidAddressed { get; set; }

    /// <summary>Frames that cannot be ISO-TP.</summary>
    public long Invalid => Offset == 0 ? InvalidNormal : InvalidAddressed;

    /// <summary>Messages that look like responses and answer nothing.</summary>
    public long Unsolicited { get; set; }

    /// <summary>Messages that answered.</summary>
    public long Solicited { get; set; }

    /// <summary>Pairs it is part of that count as sure.</summary>
    public int Claims { get; set; }

    /// <summary>After a broken message its further frames are passed over without a word.</summary>
    public bool SkipsConsecutive { get; set; }

    /// <summary>Consecutive frames of the present run that belong to no message.</summary>
    public int Stray { get; set; }

    /// <summary>When the latest of them came.</summary>
    public long StrayClock { get; set; }

    /// <summary>When the run of consecutive frames without a message began.</summary>
    public long StrayBegan { get; set; }

    public IsoTpSession? Session { get; set; }

    /// <summary>The connection of the last exchange it took part in, for counting its frames.</summary>
    public Connection? Connection { get; set; }

    public bool IsExtended => (Identifier & CanFrameView.ExtendedFlag) != 0;

    public bool IsStructural => Form != IdentifierForm.Open;

    public bool IsFunctional => Form is IdentifierForm.Functional or IdentifierForm.MixedFunctional
        or IdentifierForm.ObdFunctional;

    /// <summary>Whether its frames are taken for ISO-TP.</summary>
    public bool IsDiagnostic => Claims > 0 || IsStructural && Invalid == 0;
}

/// <summary>What the standards say of an identifier.</summary>
internal enum IdentifierForm : byte
{
    /// <summary>Nothing: manufacturers choose.</summary>
    Open,

    /// <summary>7DF: legislated diagnostics, to everybody.</summary>
    ObdFunctional,

    /// <summary>7E0 to 7E7: to one ECU.</summary>
    ObdRequest,

    /// <summary>7E8 to 7EF: from one ECU.</summary>
    ObdResponse,

    /// <summary>PDU format 218: normal fixed addressing, one to one.</summary>
    Physical,

    /// <summary>PDU format 219: normal fixed addressing, to everybody.</summary>
    Functional,

    /// <summary>PDU format 206: mixed addressing, one to one.</summary>
    MixedPhysical,

    /// <summary>PDU format 205: mixed addressing, to everybody.</summary>
    MixedFunctional,
}
