using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Capture.Files.Pcapng;

/// <summary>Reads the blocks of a pcapng file.</summary>
/// <remarks>
/// <para>
/// draft-ietf-opsawg-pcapng §3 and §4. A block states its length at both ends. Where the two disagree, or the length
/// cannot be, the block is taken only if another one follows where it should; else the next place is looked for at which
/// a block of a known type states the same length twice.
/// </para>
/// <para>Each section has a byte order and interfaces of its own; the sources go on being numbered.</para>
/// </remarks>
internal sealed class PcapngReader : FrameReader
{
    private const uint InterfaceDescription = 1;
    private const uint ObsoletePacket = 2;
    private const uint SimplePacket = 3;
    private const uint NameResolution = 4;
    private const uint InterfaceStatistics = 5;
    private const uint EnhancedPacket = 6;
    private const uint SystemdJournal = 9;
    private const uint DecryptionSecrets = 10;
    private const uint Custom = 0x0bad;
    private const uint CustomNotToCopy = 0x40000bad;

    // §3.1: type and total length in front, total length again behind.
    private const int FrameOfBlockBytes = 12;
    private const int HeaderBytes = 8;
    private const int TrailerBytes = 4;

    // Type and length, the fields up to the packet, and the length behind.
    private const int EnhancedPacketBytes = 32;
    private const int ObsoletePacketBytes = 32;
    private const int SimplePacketBytes = 16;
    private const int InterfaceDescriptionBytes = 20;
    private const int InterfaceStatisticsBytes = 24;
    private const int PacketDataOffset = 28;

    private const ushort DropsUnknown = 0xffff;

    private readonly ByteWindow _window;
    private readonly int _maximumBytes;
    private PcapngInterface[] _section = [];
    private int _sectionCount;
    private bool _bigEndian;
    private long _lastTime;
    private Tally _undeclared;
    private Tally _beyondBlock;
    private Tally _lengthsReversed;
    private Tally _withoutTime;
    private Tally _interfacesBeyondLimit;

    public PcapngReader(ReaderContext context) : base(context)
    {
        _window = context.Window;
        _maximumBytes = Options.MaximumRecordBytes;
    }

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        var window = _window;
        while (window.Available >= FrameOfBlockBytes || window.Ensure(FrameOfBlockBytes))
        {
            // The common case, with everything in its place; what is not is looked at below.
            var rest = window.Span;
            if (rest.Length >= EnhancedPacketBytes && Read32(rest) == EnhancedPacket)
            {
                var size = Read32(rest[4..]);
                if (size >= EnhancedPacketBytes && size <= (uint)rest.Length && IsPossibleLength(size)
                    && Read32(rest[((int)size - TrailerBytes)..]) == size)
                {
                    window.Start += (int)size;
                    if (TryReadEnhanced(rest[..(int)size], out frame)) return true;
                    continue;
                }
            }

            var type = Read32(0);
            if (type == PcapngFormat.SectionHeader && !EnterByteOrder())
            {
                Resynchronise();
                continue;
            }

            var claimed = Read32(4);
            if (!IsPossibleLength(claimed) || !TryTake((int)claimed, type, out var length))
            {
                if (window.Available > 0 && !TryCorrect(type, claimed)) PassOver(claimed);
                continue;
            }

            var start = window.Start;
            window.Start = start + length;
            if (type == EnhancedPacket)
            {
                if (TryReadEnhanced(window.Bytes.AsSpan(start, length), out frame)) return true;
            }
            else if (TryReadOther(type, window.Bytes.AsSpan(start, length), out frame))
            {
                return true;
            }
        }

        if (window.Available > 0)
        {
            Note(window.Position, LastFrame,
                $"The file ends within the frame of a block: {window.Available} of {FrameOfBlockBytes} bytes are there.");
            SkippedBytes += window.Available;
            window.Start = window.End;
        }

        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        NoteTally(_undeclared, "belonged to an interface that was never declared and could not be used");
        NoteTally(_beyondBlock, "claimed more captured bytes than the block holds; what it holds was used");
        NoteTally(_lengthsReversed, "claimed to have been shorter on the wire than what was captured");
        NoteTally(_withoutTime, "carried no time (Simple Packet Block); the time of the frame before was used");
        if (_interfacesBeyondLimit.Count > 0)
            Note(_interfacesBeyondLimit.Offset, _interfacesBeyondLimit.Frame,
                $"{_interfacesBeyondLimit.Count} interfaces beyond the limit of {Options.MaximumInterfaces} were left out.");
        base.Finish();
    }

    private void NoteTally(Tally tally, string what)
    {
        if (tally.Count > 0) Note(tally.Offset, tally.Frame, $"{Frames(tally.Count)} {what}, first after frame {tally.Frame}.");
    }

    // At an offset from the window's start, which the caller has made sure of.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Read32(int offset) => Read32(_window.Bytes.AsSpan(_window.Start + offset, 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint Read32(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        return _bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    private ushort Read16(ReadOnlySpan<byte> bytes)
    {
        var value = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        return _bigEndian ? BinaryPrimitives.ReverseEndianness(value) : value;
    }

    // The length of a Section Header Block can be read only after its byte order.
    private bool EnterByteOrder()
    {
        var magic = BinaryPrimitives.ReadUInt32LittleEndian(_window.Bytes.AsSpan(_window.Start + HeaderBytes, 4));
        if (magic != PcapngFormat.ByteOrderMagic
            && BinaryPrimitives.ReverseEndianness(magic) != PcapngFormat.ByteOrderMagic) return false;
        _bigEndian = magic != PcapngFormat.ByteOrderMagic;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsPossibleLength(uint length) =>
        length >= FrameOfBlockBytes && length <= (uint)_maximumBytes && (length & 3) == 0;

    /// <summary>Whether a block of this length is there and may be taken.</summary>
    private bool TryTake(int claimed, uint type, out int length)
    {
        length = claimed;
        if (_window.Available < claimed && !_window.Ensure(claimed)) return false;
        if (Read32(claimed - TrailerBytes) == (uint)claimed) return true;
        if (!IsKnown(type) || !IsFollowed(claimed)) return false;
        Note(_window.Position, LastFrame,
            $"A block states the length {claimed} in front and {Read32(claimed - TrailerBytes)} behind; the next block shows that the first is right.");
        return true;
    }

    private static bool IsKnown(uint type) => MinimumBytes(type) > 0;

    // The least length of the block types of the standard, 0 for others.
    private static int MinimumBytes(uint type) => type switch
    {
        EnhancedPacket => EnhancedPacketBytes,
        InterfaceDescription => InterfaceDescriptionBytes,
        ObsoletePacket => ObsoletePacketBytes,
        SimplePacket => SimplePacketBytes,
        InterfaceStatistics => InterfaceStatisticsBytes,
        NameResolution or SystemdJournal => FrameOfBlockBytes,
        DecryptionSecrets => 20,
        Custom or CustomNotToCopy => 16,
        PcapngFormat.SectionHeader => PcapngFormat.SectionHeaderBytes,
        _ => 0,
    };

    /// <summary>Whether a block of a known type, or the end of the file, is at an offset.</summary>
    private bool IsFollowed(int offset)
    {
        if (!_window.Ensure(offset + FrameOfBlockBytes)) return _window.Available == offset;
        var type = Read32(offset);
        if (type == PcapngFormat.SectionHeader) return true;
        var length = Read32(offset + 4);
        return IsKnown(type) && IsPossibleLength(length) && length >= MinimumBytes(type);
    }

    /// <summary>A packet block whose length lies, but whose packet tells the right one.</summary>
    private bool TryCorrect(uint type, uint claimed)
    {
        if (type is not (EnhancedPacket or ObsoletePacket) || !_window.Ensure(EnhancedPacketBytes)) return false;
        var captured = Read32(20);
        if (captured > (uint)(_maximumBytes - EnhancedPacketBytes)) return false;
        var length = EnhancedPacketBytes + ((int)captured + 3 & ~3);
        if (length == claimed || !_window.Ensure(length) || Read32(length - TrailerBytes) != (uint)length) return false;
        if (!IsFollowed(length)) return false;
        Note(_window.Position, LastFrame,
            $"A block claims a length of {claimed} bytes; its packet and the next block show that it is {length}.");
        // Written back, so that it is read again with the right length.
        var right = _bigEndian ? BinaryPrimitives.ReverseEndianness((uint)length) : (uint)length;
        BinaryPrimitives.WriteUInt32LittleEndian(_window.Bytes.AsSpan(_window.Start + 4), right);
        return true;
    }

    /// <summary>Passes over what cannot be a block: to the next one, or to the end.</summary>
    private void PassOver(uint claimed)
    {
        if (!IsPossibleLength(claimed) || _window.Available >= claimed)
        {
            Resynchronise();
            return;
        }

        var position = _window.Position;
        var available = _window.Available;
        if (FindBlock())
        {
            SkippedBytes += _window.Position - position;
            Note(position, LastFrame,
                $"A block claims {claimed} bytes, more than the file has; reading went on {_window.Position - position} bytes further.");
            return;
        }

        SkippedBytes += available;
        Note(position, LastFrame, $"The file ends within a block: {available} of {claimed} bytes are there.");
    }

    private void Resynchronise()
    {
        var position = _window.Position;
        var found = FindBlock();
        var skipped = _window.Position - position;
        SkippedBytes += skipped;
        if (found) Note(position, LastFrame, $"What should be a block is none; reading went on {skipped} bytes further.");
        else Note(position, LastFrame, $"No further block was found in the last {skipped} bytes of the file.");
    }

    /// <summary>Moves the window to the next block that states its length twice; to the end where there is none.</summary>
    private bool FindBlock()
    {
        _window.Start++;
        while (_window.Ensure(FrameOfBlockBytes))
        {
            if (IsBlock()) return true;
            _window.Start++;
        }

        _window.Start = _window.End;
        return false;
    }

    private bool IsBlock()
    {
        var type = Read32(0);
        var minimum = MinimumBytes(type);
        if (minimum == 0) return false;
        var before = _bigEndian;
        if (type == PcapngFormat.SectionHeader && !EnterByteOrder()) return false;
        var length = Read32(4);
        if (IsPossibleLength(length) && length >= minimum && _window.Ensure((int)length)
            && Read32((int)length - TrailerBytes) == length) return true;
        _bigEndian = before;
        return false;
    }

    /// <summary>§4.3.</summary>
    private bool TryReadEnhanced(ReadOnlySpan<byte> block, out CapturedFrame frame)
    {
        if (block.Length < EnhancedPacketBytes) return LeaveOut(block, out frame);
        var at = FindInterface(Read32(block[8..]));
        if (at is null) return LeaveOut(block, out frame);
        var ticks = (ulong)Read32(block[12..]) << 32 | Read32(block[16..]);
        return TryHandOut(block, at, at.Scale.ToNanoseconds(ticks), out frame);
    }

    private bool TryReadOther(uint type, ReadOnlySpan<byte> block, out CapturedFrame frame)
    {
        switch (type)
        {
            case PcapngFormat.SectionHeader:
                _sectionCount = 0;
                break;
            case InterfaceDescription:
                Declare(block);
                break;
            case InterfaceStatistics:
                TakeStatistics(block);
                break;
            case SimplePacket:
                return TryReadSimple(block, out frame);
            case ObsoletePacket:
                return TryReadObsolete(block, out frame);
        }

        frame = default;
        return false;
    }

    /// <summary>Appendix A of the draft: the Packet Block, with a 16-bit interface number and a drop count.</summary>
    private bool TryReadObsolete(ReadOnlySpan<byte> block, out CapturedFrame frame)
    {
        if (block.Length < ObsoletePacketBytes) return LeaveOut(block, out frame);
        var at = FindInterface(Read16(block[8..]));
        if (at is null) return LeaveOut(block, out frame);
        var drops = Read16(block[10..]);
        if (drops != DropsUnknown) at.Counter.DroppedBetweenFrames += drops;
        var ticks = (ulong)Read32(block[12..]) << 32 | Read32(block[16..]);
        return TryHandOut(block, at, at.Scale.ToNanoseconds(ticks), out frame);
    }

    /// <summary>§4.4: no time, always the section's first interface, captured up to the snapshot length.</summary>
    private bool TryReadSimple(ReadOnlySpan<byte> block, out CapturedFrame frame)
    {
        var at = FindInterface(0);
        if (at is null || block.Length < SimplePacketBytes) return LeaveOut(block, out frame);
        var original = Read32(block[8..]);
        var snapshot = at.Counter.SnapshotBytes;
        var captured = snapshot == 0 ? original : (uint)Math.Min(original, snapshot);
        var room = (uint)(block.Length - SimplePacketBytes);
        if (captured > room)
        {
            _beyondBlock.Add(_window.Position - block.Length, LastFrame);
            captured = room;
        }

        _withoutTime.Add(_window.Position - block.Length, LastFrame);
        frame = HandOut(at, _lastTime, block.Slice(12, (int)captured), original);
        return true;
    }

    private bool TryHandOut(ReadOnlySpan<byte> block, PcapngInterface at, long time, out CapturedFrame frame)
    {
        var captured = Read32(block[20..]);
        var original = Read32(block[24..]);
        var room = (uint)(block.Length - PacketDataOffset - TrailerBytes);
        if (captured > room)
        {
            _beyondBlock.Add(_window.Position - block.Length, LastFrame);
            captured = room;
        }

        if (captured > original)
        {
            _lengthsReversed.Add(_window.Position - block.Length, LastFrame);
            original = captured;
        }

        var options = PacketDataOffset + ((int)captured + 3 & ~3);
        // Four bytes would be no more than opt_endofopt.
        if (block.Length - TrailerBytes - options > 4) TakeDropCount(at, block[options..^TrailerBytes]);
        frame = HandOut(at, time, block.Slice(PacketDataOffset, (int)captured), original);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CapturedFrame HandOut(PcapngInterface at, long time, ReadOnlySpan<byte> data, uint original)
    {
        var length = (int)Math.Min(original, int.MaxValue);
        var number = Count(time);
        at.Counter.Count(time, data.Length, length);
        _lastTime = time;
        return new CapturedFrame(
            new CaptureTime(time), at.Counter.LinkType, at.Counter.Source, number, data, length, at.Counter.Bus);
    }

    private bool LeaveOut(ReadOnlySpan<byte> block, out CapturedFrame frame)
    {
        _undeclared.Add(_window.Position - block.Length, LastFrame);
        SkippedFrames++;
        frame = default;
        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private PcapngInterface? FindInterface(uint number)
    {
        var section = _section;
        return number < (uint)_sectionCount && number < (uint)section.Length ? section[number] : null;
    }

    /// <summary>§4.2.</summary>
    private void Declare(ReadOnlySpan<byte> block)
    {
        if (block.Length < InterfaceDescriptionBytes) return;
        if (!HasRoomForInterface)
        {
            _interfacesBeyondLimit.Add(_window.Position - block.Length, LastFrame);
            return;
        }

        var counter = AddInterface(new LinkType(Read16(block[8..])));
        counter.SnapshotBytes = Read32(block[12..]);
        string? description = null;
        var resolution = TimeScale.Microseconds;
        var offsetSeconds = 0L;
        var options = new BlockOptions(block[16..^TrailerBytes], _bigEndian);
        while (options.MoveNext())
        {
            switch (options.Code)
            {
                case 2:
                    counter.Name = options.Text;
                    break;
                case 3:
                    description = options.Text;
                    break;
                case 9 when options.Value.Length == 1:
                    resolution = options.Value[0];
                    break;
                case 13 when options.Value.Length == 1:
                    counter.FcsBytes = options.Value[0];
                    break;
                case 14:
                    offsetSeconds = options.Int64 ?? 0;
                    break;
            }
        }

        counter.Name ??= description;
        if (counter.LinkType == LinkType.SocketCan)
        {
            // An interface without a number in its name is known by its place among the buses of the file.
            var place = Interfaces.Count(other => other.LinkType == LinkType.SocketCan) - 1;
            counter.Bus = counter.Name is { } name && BusNumber.Of(name) is >= 0 and var number ? number : place;
        }

        var scale = new TimeScale(resolution, offsetSeconds);
        counter.Resolution = scale.Text;
        if (_sectionCount == _section.Length) Array.Resize(ref _section, Math.Max(4, _section.Length * 2));
        _section[_sectionCount++] = new PcapngInterface(counter, scale);
    }

    /// <summary>§4.6. The counters run from the beginning of the capture: the last block of an interface stands.</summary>
    private void TakeStatistics(ReadOnlySpan<byte> block)
    {
        if (block.Length < InterfaceStatisticsBytes || FindInterface(Read32(block[8..])) is not { } at) return;
        var options = new BlockOptions(block[20..^TrailerBytes], _bigEndian);
        while (options.MoveNext())
        {
            switch (options.Code)
            {
                case 4:
                    at.Counter.Received = options.Counter ?? at.Counter.Received;
                    break;
                case 5:
                    at.Counter.DroppedByInterface = options.Counter ?? at.Counter.DroppedByInterface;
                    break;
                case 7:
                    at.Counter.DroppedBySystem = options.Counter ?? at.Counter.DroppedBySystem;
                    break;
            }
        }
    }

    // epb_dropcount, §4.3: frames lost between this one and the one before it on the same interface.
    private void TakeDropCount(PcapngInterface at, ReadOnlySpan<byte> bytes)
    {
        var options = new BlockOptions(bytes, _bigEndian);
        while (options.MoveNext())
        {
            if (options.Code != 4 || options.Counter is not { } drops) continue;
            at.Counter.DroppedBetweenFrames = Saturating.Add(at.Counter.DroppedBetweenFrames, drops);
        }
    }

    private sealed record PcapngInterface(InterfaceCounter Counter, TimeScale Scale);
}
