using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace OtGuard.Collectors.Capture.Files.Pcap;

/// <summary>Reads the records of a pcap file.</summary>
/// <remarks>
/// <para>
/// draft-ietf-opsawg-pcap §5: seconds, fraction, captured length, original length, then the captured bytes.
/// </para>
/// <para>
/// The format has no mark at which a record begins, so a length that lies carries the reader into the middle of
/// something. A header is therefore glanced at: lengths in order and not above the snapshot length, the fraction below a
/// second, the seconds within a day of the last ones. A header that is odd in any of these is given a second look: if
/// another header follows where it says one does, it is taken (clocks do jump, and writers do exceed their own limit).
/// If not, it lies, and the next place is looked for at which two headers follow each other in good order - beginning
/// inside the record before, which may have claimed too much.
/// </para>
/// </remarks>
internal sealed class PcapReader : FrameReader
{
    // A day. Longer silences do occur; a step above this only asks for the second look.
    private const uint PlausibleStepSeconds = 86_400;

    // MAXIMUM_SNAPLEN of libpcap for most links, used where the file states none.
    private const uint UsualSnapshotBytes = 262_144;

    private readonly ByteWindow _window;
    private readonly InterfaceCounter _interface;
    private readonly LinkType _linkType;
    private readonly int _source;
    private readonly int _headerBytes;
    private readonly bool _bigEndian;
    private readonly bool _lengthsMayBeSwapped;
    private readonly uint _fractionLimit;
    private readonly uint _nanosecondsPerFraction;
    private readonly uint _plausibleBytes;
    private readonly uint _maximumBytes;
    private uint _lastSeconds;
    private int _lastRecordBytes;
    private long _searchedTo;
    private Tally _lengthsReversed;

    public PcapReader(ReaderContext context, PcapLayout layout) : base(context)
    {
        _window = context.Window;
        _headerBytes = layout.RecordHeaderBytes;
        _bigEndian = layout.BigEndian;
        _lengthsMayBeSwapped = layout.LengthsMayBeSwapped;
        _fractionLimit = layout.Nanoseconds ? 1_000_000_000u : 1_000_000u;
        _nanosecondsPerFraction = layout.Nanoseconds ? 1u : 1_000u;
        _maximumBytes = (uint)Math.Max(0, Options.MaximumRecordBytes - _headerBytes);
        _plausibleBytes = Math.Min(
            _maximumBytes, layout.SnapshotBytes == 0 ? UsualSnapshotBytes : layout.SnapshotBytes);
        _linkType = layout.LinkType;
        _interface = AddInterface(_linkType);
        _interface.SnapshotBytes = layout.SnapshotBytes;
        _interface.FcsBytes = layout.FcsBytes;
        _interface.Resolution = layout.Nanoseconds ? "10^-9 s" : "10^-6 s";
        _source = _interface.Source;
    }

    // Whether there is a time to compare with.
    private bool HasLast => PreviousTime != long.MinValue;

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        var window = _window;
        while (window.Available >= _headerBytes || window.Ensure(_headerBytes))
        {
            var rest = window.Span;
            var record = ToHeader(rest);
            if (IsOdd(record))
            {
                // A copy: a variable whose address is handed out would live in memory on the common path too.
                var settled = record;
                if (!Settle(ref settled)) continue;
                record = settled;
                rest = window.Span;
            }

            var captured = (int)record.Captured;
            var length = _headerBytes + captured;
            if (rest.Length < length)
            {
                if (!window.Ensure(length))
                {
                    PassOverCut(record);
                    continue;
                }

                rest = window.Span;
            }

            var data = rest.Slice(_headerBytes, captured);
            var time = record.Seconds * CaptureTime.NanosecondsPerSecond
                + (long)record.Fraction * _nanosecondsPerFraction;
            var original = (int)Math.Min(record.Original, int.MaxValue);
            var number = Count(time);
            _interface.Count(time, captured, original);
            _lastSeconds = record.Seconds;
            _lastRecordBytes = length;
            window.Start += length;
            frame = new CapturedFrame(new CaptureTime(time), _linkType, _source, number, data, original);
            return true;
        }

        if (window.Available > 0)
        {
            Note(window.Position, LastFrame,
                $"The file ends within a record header: {window.Available} of {_headerBytes} bytes are there.");
            PassOver(window.Available);
        }

        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_lengthsReversed.Count > 0)
            Note(_lengthsReversed.Offset, _lengthsReversed.Frame,
                $"{Frames(_lengthsReversed.Count)} claimed to have been shorter on the wire than what was captured, first after frame {_lengthsReversed.Frame}; the captured bytes were used.");
        base.Finish();
    }

    /// <summary>A record header.</summary>
    private record struct RecordHeader(uint Seconds, uint Fraction, uint Captured, uint Original)
    {
        public readonly bool IsZero => (Seconds | Fraction | Captured | Original) == 0;
    }

    // At an offset from the window's start; the caller has made sure that the header is there.
    private RecordHeader ReadHeader(int offset) => ToHeader(_window.Span[offset..]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private RecordHeader ToHeader(ReadOnlySpan<byte> bytes)
    {
        var header = new RecordHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]));
        return _bigEndian ? Reverse(header) : header;
    }

    private static RecordHeader Reverse(RecordHeader header) => new(
        BinaryPrimitives.ReverseEndianness(header.Seconds),
        BinaryPrimitives.ReverseEndianness(header.Fraction),
        BinaryPrimitives.ReverseEndianness(header.Captured),
        BinaryPrimitives.ReverseEndianness(header.Original));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsOdd(RecordHeader record) =>
        record.Captured > record.Original
        || record.Captured > _plausibleBytes
        || record.Original > _maximumBytes
        || record.Fraction >= _fractionLimit
        || !IsNear(record.Seconds, _lastSeconds);

    // Lengths and fraction in order, whatever the time.
    private bool IsWellFormed(RecordHeader record) =>
        record.Captured <= record.Original
        && record.Captured <= _plausibleBytes
        && record.Original <= _maximumBytes
        && record.Fraction < _fractionLimit
        && !record.IsZero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNear(uint seconds, uint reference) =>
        unchecked(seconds - reference + PlausibleStepSeconds) <= 2 * PlausibleStepSeconds;

    /// <summary>The second look at an odd record: true where it is to be taken, false where the window moved on.</summary>
    private bool Settle(ref RecordHeader record)
    {
        if (_lengthsMayBeSwapped && record.Captured > record.Original)
        {
            (record.Captured, record.Original) = (record.Original, record.Captured);
            if (!IsOdd(record)) return true;
        }

        // The first one is odd only in that there is no time to compare it with.
        if (!HasLast && IsWellFormed(record) && !IsCutByEnd(record)) return true;
        if (record.Captured <= _maximumBytes && !record.IsZero && IsFollowed(record))
        {
            if (record.Captured > record.Original)
            {
                _lengthsReversed.Add(_window.Position, LastFrame);
                record.Original = record.Captured;
            }

            return true;
        }

        if (HasOnlyCapturedLengthWrong(ref record)) return true;
        if (record.Captured <= _maximumBytes && IsCutByEnd(record) && IsWellFormed(record))
        {
            PassOverCut(record);
            return false;
        }

        Resynchronise();
        return false;
    }

    // The captured length lies, and the original one leads to the next record: nothing is lost.
    private bool HasOnlyCapturedLengthWrong(ref RecordHeader record)
    {
        var original = record.Original;
        if (original == 0 || original >= record.Captured || !IsWellFormed(record with { Captured = original })) return false;
        var next = _headerBytes + (int)original;
        if (!_window.Ensure(next + _headerBytes))
        {
            if (_window.Available != next) return false;
        }
        else if (!IsAnchor(next))
        {
            return false;
        }

        Note(_window.Position, LastFrame,
            $"A record claims {record.Captured} captured bytes of a frame of {original}; the next record shows that it is {original}.");
        record.Captured = original;
        return true;
    }

    private bool IsCutByEnd(RecordHeader record)
    {
        var length = _headerBytes + (int)record.Captured;
        return !_window.Ensure(length);
    }

    /// <summary>Whether a header, or the end of the file, is where this record says it ends.</summary>
    /// <remarks>
    /// Some writers are wrong in the same field of every record, so the next header may be odd in one thing too.
    /// </remarks>
    private bool IsFollowed(RecordHeader record)
    {
        var next = _headerBytes + (int)record.Captured;
        if (!_window.Ensure(next + _headerBytes)) return _window.Available >= next;
        var following = ReadHeader(next);
        if (following.Captured > _plausibleBytes || following.IsZero) return false;
        var signs = 0;
        if (following.Captured <= following.Original && following.Original <= _maximumBytes) signs++;
        if (following.Fraction < _fractionLimit) signs++;
        if (IsNear(following.Seconds, record.Seconds) || IsNear(following.Seconds, _lastSeconds)) signs++;
        return signs >= 2;
    }

    /// <summary>Whether two records in good order follow each other at an offset, near in time to what was read.</summary>
    private bool IsAnchor(int offset)
    {
        var record = ReadHeader(offset);
        if (record.Captured == 0 || !IsWellFormed(record)) return false;
        if (HasLast && !IsNear(record.Seconds, _lastSeconds)) return false;
        var next = offset + _headerBytes + (int)record.Captured;
        if (!_window.Ensure(next + _headerBytes)) return _window.Available >= next;
        var following = ReadHeader(next);
        return IsWellFormed(following) && IsNear(following.Seconds, record.Seconds);
    }

    /// <summary>A record that runs beyond the end of the file: the file is cut here, unless the length lies.</summary>
    private void PassOverCut(RecordHeader record)
    {
        if (HasOnlyCapturedLengthWrong(ref record))
        {
            // Written back, so that it is read again with the right length.
            var captured = _bigEndian ? BinaryPrimitives.ReverseEndianness(record.Captured) : record.Captured;
            BinaryPrimitives.WriteUInt32LittleEndian(_window.Bytes.AsSpan(_window.Start + 8), captured);
            return;
        }

        var position = _window.Position;
        var available = _window.Available;
        if (FindAnchor(1))
        {
            Note(position, LastFrame,
                $"A record claims {record.Captured} bytes, more than the file has; reading went on {_window.Position - position} bytes further.");
            SkippedBytes += _window.Position - position;
            return;
        }

        SkippedBytes += available;
        Note(position, LastFrame,
            $"The file ends within a record: {available} of {_headerBytes + (long)record.Captured} bytes are there.");
    }

    private void Resynchronise()
    {
        var position = _window.Position;
        // Once per stretch: what is found inside a record must not lead to searching it again.
        var back = _window.Start >= _lastRecordBytes && position - _lastRecordBytes >= _searchedTo ? _lastRecordBytes : 0;
        _searchedTo = position;
        _lastRecordBytes = 0;
        if (back > 0) _window.Start -= back - _headerBytes;
        if (!FindAnchor(back > 0 ? 0 : 1))
        {
            var rest = _window.Position - position;
            SkippedBytes += rest;
            Note(position, LastFrame, $"No further record was found in the last {rest} bytes of the file.");
            return;
        }

        var found = _window.Position;
        if (found < position)
        {
            Note(found, LastFrame,
                $"Frame {LastFrame} claims a length that runs over other records, which were found within it.");
            return;
        }

        SkippedBytes += found - position;
        Note(position, LastFrame, $"What should be a record is none; reading went on {found - position} bytes further.");
    }

    /// <summary>Moves the window to the next anchor from an offset on; to the end where there is none.</summary>
    private bool FindAnchor(int offset)
    {
        _window.Start += offset;
        while (_window.Ensure(_headerBytes))
        {
            if (IsAnchor(0)) return true;
            _window.Start++;
        }

        _window.Start = _window.End;
        return false;
    }

    private void PassOver(int bytes)
    {
        SkippedBytes += bytes;
        _window.Start += bytes;
    }
}
