using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;

namespace OtGuard.Collectors.Capture.Files.CanLogs;

/// <summary>The binary log of Vector's tools (BLF).</summary>
/// <remarks>Vector publishes it with the header binlog_objects.h; the layout is also that of the open Vector_BLF library.</remarks>
internal sealed class BlfFormat : ICaptureFormat
{
    /// <summary>Bytes of a file header up to the date of the measurement's end.</summary>
    public const int FileHeaderBytes = 72;

    /// <inheritdoc/>
    public string Name => "BLF";

    /// <inheritdoc/>
    public bool Recognise(ReadOnlySpan<byte> head) =>
        head.Length >= FileHeaderBytes && HasMagic(head) && BinaryPrimitives.ReadUInt32LittleEndian(head[4..]) >= FileHeaderBytes;

    /// <summary>Whether the first bytes are the format's.</summary>
    public static bool HasMagic(ReadOnlySpan<byte> head) => head.StartsWith("LOGG"u8);

    /// <inheritdoc/>
    public FrameReader Open(ReaderContext context) => new BlfReader(context);
}

/// <summary>Reads the objects of a BLF file: those in log containers, packed or not, and those that stand alone.</summary>
/// <remarks>
/// <para>An object begins with the mark LOBJ, the size of its header, the header's version, its own size and its type.
/// Containers hold a stream of objects that is cut anywhere: what one holds at its end goes on in the next.</para>
/// <para>Where an object should begin and does not, reading goes on at the next mark.</para>
/// </remarks>
internal sealed class BlfReader : CanLogReader
{
    private const int BaseHeaderBytes = 16;
    private const int ObjectHeaderBytes = 32;
    private const int ContainerHeaderBytes = 32;
    private const int StartTimeOffset = 40;
    private const int MaximumKinds = 256;

    private const uint CanMessage = 1;
    private const uint CanError = 2;
    private const uint LogContainer = 10;
    private const uint CanErrorExtended = 73;
    private const uint CanMessage2 = 86;
    private const uint CanFdMessage = 100;
    private const uint CanFdMessage64 = 101;
    private const uint CanFdError64 = 104;

    private const ushort Uncompressed = 0;
    private const ushort Deflated = 2;

    private const uint TenMicroseconds = 1;

    private readonly SortedDictionary<uint, long> _others = [];
    private readonly long _start;
    private byte[] _inner = [];
    private int _innerStart;
    private int _innerEnd;
    private long _otherKinds;
    private long _strayCount;
    private Tally _strayBytes;
    private Tally _unreadable;

    public BlfReader(ReaderContext context) : base(context)
    {
        Resolution = "10^-9 s";
        var header = Window.Span;
        var size = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), int.MaxValue);
        if (!TryReadSystemTime(header[StartTimeOffset..], out _start))
            Note(StartTimeOffset, LastFrame, $"The log has no date of its beginning; its times count from 1970-01-01.");
        Skip(size);
    }

    /// <inheritdoc/>
    public override bool TryRead(out CapturedFrame frame)
    {
        while (TryTakeInner(out var item) || TryTakeOuter(out item))
        {
            if (!item.IsEmpty && ParseObject(item) && TryEmit(out frame)) return true;
        }

        frame = default;
        return false;
    }

    /// <inheritdoc/>
    public override void Finish()
    {
        if (_innerEnd > _innerStart && _inner.AsSpan(_innerStart, _innerEnd - _innerStart).ContainsAnyExcept((byte)0))
        {
            SkippedBytes += _innerEnd - _innerStart;
            Note(Window.Position, LastFrame, $"The last container ends within an object: {_innerEnd - _innerStart} bytes were left over.");
        }

        if (_strayBytes.Count > 0)
            Note(_strayBytes.Offset, _strayBytes.Frame,
                $"{_strayCount} bytes at {_strayBytes.Count} places where an object should begin are none; reading went on at the next mark.");
        if (_unreadable.Count > 0)
            Note(_unreadable.Offset, _unreadable.Frame,
                $"{_unreadable.Count} objects are shorter than what they should hold, or of an unknown header, first after frame {_unreadable.Frame}; they were left out.");
        if (_others.Count > 0)
        {
            var kinds = string.Join(", ", _others.OrderByDescending(kind => kind.Value).Take(12)
                .Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind.Value} of type {kind.Key}")));
            Note(-1, LastFrame, $"{_others.Values.Sum() + _otherKinds} objects of other kinds were passed over: {kinds}.");
        }

        base.Finish();
    }

    // SYSTEMTIME: year, month, day of week, day, hour, minute, second, millisecond.
    private static bool TryReadSystemTime(ReadOnlySpan<byte> bytes, out long time)
    {
        Span<int> parts = stackalloc int[8];
        for (var i = 0; i < parts.Length; i++) parts[i] = BinaryPrimitives.ReadUInt16LittleEndian(bytes[(2 * i)..]);
        return LogDate.TryMake(
            parts[0], parts[1], parts[3], parts[4], parts[5], parts[6], parts[7] * 1_000_000L, out time);
    }

    private void Skip(int bytes)
    {
        while (bytes > 0 && (Window.Available > 0 || Window.Ensure(1)))
        {
            var step = Math.Min(bytes, Window.Available);
            Window.Start += step;
            bytes -= step;
        }
    }

    /// <summary>The next whole object of the containers read so far; empty where some bytes were passed over.</summary>
    private bool TryTakeInner(out ReadOnlySpan<byte> item)
    {
        item = default;
        var rest = _inner.AsSpan(_innerStart, _innerEnd - _innerStart);
        var mark = rest.IndexOf("LOBJ"u8);
        if (mark < 0)
        {
            // The mark itself may lie across two containers.
            var kept = Math.Min(rest.Length, 3);
            CountStray(rest[..^kept]);
            _innerStart = _innerEnd - kept;
            return false;
        }

        CountStray(rest[..mark]);
        _innerStart += mark;
        rest = rest[mark..];
        if (rest.Length < BaseHeaderBytes) return false;
        var size = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
        if (size < BaseHeaderBytes || size > Options.MaximumRecordBytes)
        {
            _unreadable.Add(Window.Position, LastFrame);
            _innerStart += 4;
            return true;
        }

        if (rest.Length < size) return false;
        item = rest[..(int)size];
        _innerStart += (int)size;
        return true;
    }

    // Up to three zeros are padding.
    private void CountStray(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4 && !bytes.ContainsAnyExcept((byte)0)) return;
        SkippedBytes += bytes.Length;
        _strayBytes.Add(Window.Position, LastFrame);
        _strayCount += bytes.Length;
    }

    /// <summary>The next object of the file; a container is unpacked and empty.</summary>
    private bool TryTakeOuter(out ReadOnlySpan<byte> item)
    {
        item = default;
        while (Window.Ensure(BaseHeaderBytes))
        {
            var rest = Window.Span;
            var mark = rest.IndexOf("LOBJ"u8);
            if (mark != 0)
            {
                var step = mark < 0 ? rest.Length - 3 : mark;
                CountStray(rest[..step]);
                Window.Start += step;
                continue;
            }

            var size = BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            if (size < BaseHeaderBytes || size > Options.MaximumRecordBytes)
            {
                _unreadable.Add(Window.Position, LastFrame);
                Window.Start += 4;
                continue;
            }

            var isContainer = BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]) == LogContainer;
            var position = Window.Position;
            if (!Window.Ensure((int)size))
            {
                var available = Window.Available;
                // Of a container that is cut, what can be unpacked is used.
                if (isContainer && available > ContainerHeaderBytes) Unpack(Window.Span);
                else SkippedBytes += available;
                Note(position, LastFrame, $"The file ends within an object: {available} of {size} bytes are there.");
                Window.Start += available;
                return isContainer;
            }

            item = Window.Span[..(int)size];
            Window.Start += (int)size;
            if (!isContainer) return true;
            if (size < ContainerHeaderBytes) _unreadable.Add(position, LastFrame);
            else Unpack(item);
            item = default;
            return true;
        }

        if (Window.Available > 0)
        {
            CountStray(Window.Span);
            Window.Start += Window.Available;
        }

        return false;
    }

    private void Unpack(ReadOnlySpan<byte> container)
    {
        var method = BinaryPrimitives.ReadUInt16LittleEndian(container[16..]);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(container[24..]);
        var packed = container[ContainerHeaderBytes..];
        switch (method)
        {
            case Uncompressed:
                packed.CopyTo(RoomFor(packed.Length));
                _innerEnd += packed.Length;
                break;
            case Deflated when size <= Options.MaximumRecordBytes:
                Inflate(packed, (int)size);
                break;
            default:
                SkippedBytes += container.Length;
                Note(Window.Position, LastFrame,
                    $"A container of {size} bytes packed by method {method} cannot be unpacked and was left out.");
                break;
        }
    }

    private void Inflate(ReadOnlySpan<byte> packed, int size)
    {
        using var stream = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        // Room grows with what really comes out, so that a size that lies costs nothing.
        const int StepBytes = 1 << 16;
        try
        {
            while (size > 0)
            {
                var read = stream.Read(RoomFor(Math.Min(size, StepBytes)));
                if (read == 0) break;
                _innerEnd += read;
                size -= read;
            }
        }
        catch (Exception fault) when (fault is InvalidDataException or IOException)
        {
            // The library throws the second where a stream asks for a dictionary.
            SkippedBytes += packed.Length;
            Note(Window.Position, LastFrame, $"A container's packed data are damaged; what came before the damage is used.");
        }
    }

    private Span<byte> RoomFor(int bytes)
    {
        if (_innerStart == _innerEnd) _innerStart = _innerEnd = 0;
        if (_innerEnd + bytes > _inner.Length)
        {
            var kept = _innerEnd - _innerStart;
            var target = kept + bytes <= _inner.Length ? _inner : new byte[Math.Max(_inner.Length * 2, kept + bytes)];
            _inner.AsSpan(_innerStart, kept).CopyTo(target);
            _inner = target;
            _innerStart = 0;
            _innerEnd = kept;
        }

        return _inner.AsSpan(_innerEnd, bytes);
    }

    private bool ParseObject(ReadOnlySpan<byte> item)
    {
        var type = BinaryPrimitives.ReadUInt32LittleEndian(item[12..]);
        if (type is not (CanMessage or CanMessage2 or CanError or CanErrorExtended
            or CanFdMessage or CanFdMessage64 or CanFdError64))
        {
            if (_others.TryGetValue(type, out var count) || _others.Count < MaximumKinds) _others[type] = count + 1;
            else _otherKinds++;
            return false;
        }

        var headerSize = BinaryPrimitives.ReadUInt16LittleEndian(item[4..]);
        var version = BinaryPrimitives.ReadUInt16LittleEndian(item[6..]);
        if (version is not (1 or 2) || headerSize < ObjectHeaderBytes || headerSize > item.Length)
        {
            _unreadable.Add(Window.Position, LastFrame);
            return false;
        }

        BeginFrame();
        SetTime(BinaryPrimitives.ReadUInt32LittleEndian(item[16..]), BinaryPrimitives.ReadUInt64LittleEndian(item[24..]));
        var body = item[headerSize..];
        var read = type switch
        {
            CanMessage or CanMessage2 => ReadMessage(body),
            CanFdMessage => ReadFdMessage(body),
            CanFdMessage64 => ReadFdMessage64(body),
            CanFdError64 => ReadError(body, channelBytes: 1),
            _ => ReadError(body, channelBytes: 2),
        };
        if (!read) _unreadable.Add(Window.Position, LastFrame);
        return read;
    }

    private void SetTime(uint flags, ulong stamp)
    {
        var unit = flags == TenMicroseconds ? 10_000u : 1u;
        var time = (Int128)stamp * unit + _start;
        Time = time > long.MaxValue ? long.MaxValue : (long)time;
    }

    private void SetChannel(int number)
    {
        Span<byte> text = stackalloc byte[8];
        Utf8Formatter.TryFormat(number, text, out var length);
        SelectChannel(text[..length]);
    }

    // Bits 29 and 30 mean nothing.
    private bool SetNumber(uint id) => SetId(id & SocketCan.MaximumExtendedId, (id & SocketCan.Extended) != 0);

    private bool ReadMessage(ReadOnlySpan<byte> body)
    {
        const int Bytes = 16;
        const byte RemoteFlag = 0x80;
        if (body.Length < Bytes || !SetNumber(BinaryPrimitives.ReadUInt32LittleEndian(body[4..]))) return false;
        Length = SocketCan.LengthOf(body[3], fd: false);
        if ((body[2] & RemoteFlag) != 0) Id |= SocketCan.Remote;
        body.Slice(8, Length).CopyTo(Payload);
        SetChannel(BinaryPrimitives.ReadUInt16LittleEndian(body));
        return true;
    }

    private bool ReadFdMessage(ReadOnlySpan<byte> body)
    {
        const int DataOffset = 20;
        const byte RemoteFlag = 0x80;
        if (body.Length < DataOffset || !SetNumber(BinaryPrimitives.ReadUInt32LittleEndian(body[4..]))) return false;
        var flags = body[13];
        SetFd((flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0);
        SetChannel(BinaryPrimitives.ReadUInt16LittleEndian(body));
        return SetData((body[2] & RemoteFlag) != 0, body[3], body[14], body[DataOffset..]);
    }

    private bool ReadFdMessage64(ReadOnlySpan<byte> body)
    {
        const int DataOffset = 40;
        if (body.Length < DataOffset || !SetNumber(BinaryPrimitives.ReadUInt32LittleEndian(body[4..]))) return false;
        var flags = BinaryPrimitives.ReadUInt32LittleEndian(body[12..]);
        SetFd((flags & 0x1000) != 0, (flags & 0x2000) != 0, (flags & 0x4000) != 0);
        SetChannel(body[0]);
        return SetData((flags & 0x10) != 0, body[1], body[2], body[DataOffset..]);
    }

    private bool ReadError(ReadOnlySpan<byte> body, int channelBytes)
    {
        if (body.Length < 4) return false;
        SetError(SocketCan.BusErrorClass);
        SetChannel(channelBytes == 1 ? body[0] : BinaryPrimitives.ReadUInt16LittleEndian(body));
        return true;
    }

    private void SetFd(bool fd, bool bitRateSwitch, bool errorState)
    {
        if (!fd) return;
        FdFlags = (byte)(SocketCan.Fd
            | (bitRateSwitch ? SocketCan.BitRateSwitch : 0) | (errorState ? SocketCan.ErrorStateIndicator : 0));
    }

    private bool SetData(bool remote, byte code, byte valid, ReadOnlySpan<byte> data)
    {
        if (remote)
        {
            Id |= SocketCan.Remote;
            Length = SocketCan.LengthOf(code, FdFlags != 0);
            return true;
        }

        Length = Math.Min(valid, SocketCan.LengthOf(Math.Min(code, (byte)15), FdFlags != 0));
        if (data.Length < Length) return false;
        data[..Length].CopyTo(Payload);
        return true;
    }
}
