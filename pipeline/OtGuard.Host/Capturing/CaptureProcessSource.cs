using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using OtGuard.Collectors;
using OtGuard.Host.Live;

namespace OtGuard.Host.Capturing;

/// <summary>
/// The frames of an interface that a capture process reads. Where that process dies it is started again, and what the
/// interface received meanwhile is counted as lost.
/// </summary>
/// <remarks>Not thread-safe. Nothing is allocated per frame.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class CaptureProcessSource : ILiveFrameSource
{
    /// <summary>Longest time spent in one call that cannot be interrupted.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>Wait before a process that died is started again; doubles each time it dies soon.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    /// <summary>How long an ending process is waited for before it is killed.</summary>
    private static readonly TimeSpan EndWait = TimeSpan.FromSeconds(1);

    /// <summary>Room for what one read takes, and for the longest record behind it.</summary>
    private const int BufferBytes = 2 << 20;

    private const int MaximumNotices = 100;

    private readonly LiveAddress _address;
    private readonly string _source;
    private readonly CancellationToken _stop;
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly List<SourceNotice> _notices = [];
    private readonly byte[] _buffer = new byte[BufferBytes];
    private ICaptureChild? _process;
    private int _start;
    private int _end;
    private long _noticesBeyond;
    private long _frames;
    private long _framesOfProcess;
    private long _bytes;
    private CaptureTime _first;
    private CaptureTime _last;
    private CaptureTime _now;
    private CaptureState? _state;
    private Losses _before;
    private long _lostBetween;
    private long _restarts;
    private TimeSpan _pause = ShortestPause;
    private long _startedAt;
    private long _restartFrom;
    private bool _hasEnded;

    private CaptureProcessSource(LiveAddress address, string source, CancellationToken stop) =>
        (_address, _source, _stop) = (address, source, stop);

    /// <inheritdoc/>
    public IReadOnlyList<SourceNotice> Notices => _noticesBeyond == 0
        ? _notices
        : [.. _notices, new SourceNotice(_address.Name, -1, _frames, $"{_noticesBeyond} more notices were left out.")];

    /// <summary>
    /// As far as time has come in the channel, so that frames in it are never older; this machine's clock while no process
    /// reads the interface.
    /// </summary>
    public CaptureTime Now => _process is null
        ? new CaptureTime((_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100)
        : _now;

    /// <summary>The capture process's number; null while none runs.</summary>
    internal int? ProcessId => _process?.Id;

    /// <summary>Starts the process and waits until it listens.</summary>
    /// <param name="address">The interface.</param>
    /// <param name="source">The same as it stands on the command line.</param>
    /// <param name="stop">Ends the source.</param>
    /// <exception cref="LiveSourceException">The interface could not be opened; the message says why.</exception>
    public static CaptureProcessSource Start(LiveAddress address, string source, CancellationToken stop)
    {
        var started = new CaptureProcessSource(address, source, stop);
        try
        {
            started.StartProcess();
            if (!started.AwaitOpening(out var fault)) throw new LiveSourceException(fault);
            return started;
        }
        catch
        {
            started.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool TryRead(out CapturedFrame frame)
    {
        LiveRead read;
        do read = Read(Slice, out frame);
        while (read == LiveRead.Quiet);
        return read == LiveRead.Frame;
    }

    /// <inheritdoc/>
    public LiveRead Read(TimeSpan wait, out CapturedFrame frame)
    {
        var started = _time.GetTimestamp();
        while (!_hasEnded && !_stop.IsCancellationRequested)
        {
            if (TryTake(out frame)) return LiveRead.Frame;
            var left = wait - _time.GetElapsedTime(started);
            if (left < TimeSpan.Zero) left = TimeSpan.Zero;
            if (_process is null)
            {
                if (_time.GetElapsedTime(_restartFrom) >= _pause) Restart();
                else _stop.WaitHandle.WaitOne(left < Slice ? left : Slice);
            }
            else if (!_hasEnded && IsReadable(left < Slice ? left : Slice))
            {
                if (Fill()) continue;
                OnDeath();
            }

            if (left == TimeSpan.Zero) return LiveRead.Quiet;
        }

        frame = default;
        return LiveRead.Ended;
    }

    /// <inheritdoc/>
    public LiveSourceReport Report()
    {
        var source = _state?.Source ?? new SourceState("", 0, "", "", false, 0, 0, []);
        var losses = Losses.Of(_state) + _before;
        return new LiveSourceReport(
            _address.Name, source.Kind, new LinkType(source.LinkType), source.Clock, source.Mode, source.Acknowledges,
            _frames, _bytes, losses.ErrorFrames, losses.Source + losses.Own + _lostBetween,
            _frames == 0 ? null : _first, _frames == 0 ? null : _last)
        {
            Losses =
            [
                .. source.Losses.Count > 0 && _restarts == 0
                    ? source.Losses
                    : [new LiveLoss("before they could be read", losses.Source)],
                new LiveLoss("OtGuard was too slow to take them", losses.Own),
                new LiveLoss("received while no capture process ran", _lostBetween),
            ],
            Confinement = _state is { } state ? $"process {_process?.Id ?? 0}: {state.Confinement}" : null,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseProcess(out _);
        GC.SuppressFinalize(this);
    }

    private void StartProcess()
    {
        _startedAt = _time.GetTimestamp();
        _process = CaptureLauncher.Current is { } launcher ? launcher.Start(_source) : new OwnCaptureChild(_source);
        _start = _end = 0;
        _framesOfProcess = 0;
    }

    /// <summary>Waits for the first state, or for why there is none.</summary>
    private bool AwaitOpening(out string fault)
    {
        fault = "";
        var open = false;
        _openingFault = null;
        _state = null;
        while (_state is null)
        {
            _stop.ThrowIfCancellationRequested();
            if (_openingFault is { } said)
            {
                fault = said;
                return false;
            }

            // One that ended before it opened its channel leaves nothing to read.
            if (!IsReadable(Slice) && !_process!.TryWait(TimeSpan.Zero, out _)) continue;
            open = Fill();
            while (_state is null && _openingFault is null && TakeRecord(out _, out _))
            {
            }

            if (!open && _state is null && _openingFault is null)
            {
                CloseProcess(out var code);
                fault = $"The capture process for {_address.Name} ended at once ({code}); standard error may say why.";
                return false;
            }
        }

        _process!.OnOpened();
        return true;
    }

    private string? _openingFault;

    private void Restart()
    {
        var before = _state;
        var received = _framesOfProcess;
        try
        {
            StartProcess();
            if (AwaitOpening(out var fault))
            {
                _restarts++;
                Forget(before, received);
                Note($"The capture process was started again; about {_lostBetween} frames were lost in all while none ran.");
                return;
            }

            _state = before;
            _framesOfProcess = received;
            Note(fault);
        }
        catch (Exception fault) when (fault is LiveSourceException or System.ComponentModel.Win32Exception)
        {
            Note(fault.Message);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        CloseProcess(out _);
        Pause(diedSoon: true);
    }

    /// <summary>Keeps the counters of a process that has gone, and counts what came while none ran.</summary>
    private void Forget(CaptureState? before, long received)
    {
        _before += Losses.Of(before);
        if (before?.InterfaceFrames is not { } then || _state?.InterfaceFrames is not { } now) return;
        // What that process still handed over after it last told its counters was not lost. An interface that was made
        // anew counts from nought.
        var passed = now >= then ? now - then : now;
        _lostBetween += Math.Max(0, passed - (received - before.Frames));
    }

    private void OnDeath()
    {
        CloseProcess(out var code);
        Note($"The capture process ended ({code}); it is started again.");
        Pause(diedSoon: _time.GetElapsedTime(_startedAt) < LongestPause);
    }

    private void Pause(bool diedSoon)
    {
        _pause = !diedSoon ? ShortestPause : _restartFrom == 0 ? ShortestPause : Min(_pause * 2, LongestPause);
        _restartFrom = _time.GetTimestamp();

        static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
    }

    private void CloseProcess(out string code)
    {
        code = "";
        if (_process is not { } process) return;
        // With the channel closed it ends by itself.
        process.Output.Dispose();
        if (!process.TryWait(EndWait, out var number))
        {
            process.Kill();
            process.TryWait(EndWait, out number);
        }

        const int killed = 128;
        code = number > killed
            ? string.Create(CultureInfo.InvariantCulture, $"signal {number - killed}")
            : string.Create(CultureInfo.InvariantCulture, $"exit code {number}");
        process.Dispose();
        _process = null;
    }

    private unsafe bool IsReadable(TimeSpan wait)
    {
        var entry = new PollEntry { Descriptor = (int)_process!.Channel.DangerousGetHandle(), Events = KernelCalls.PollIn };
        return KernelCalls.Poll(&entry, 1, (int)wait.TotalMilliseconds) > 0;
    }

    /// <summary>Reads what waits; false at the end of the channel.</summary>
    private bool Fill()
    {
        if (_end == _buffer.Length || _start == _end)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        try
        {
            var read = _process!.Output.Read(_buffer.AsSpan(_end));
            _end += read;
            return read > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool TryTake(out CapturedFrame frame)
    {
        while (TakeRecord(out var record, out var data))
        {
            if (record.Kind != CaptureRecordKind.Frame) continue;
            _last = new CaptureTime(record.UnixNanoseconds);
            if (_last > _now) _now = _last;
            if (_frames++ == 0) _first = _last;
            _framesOfProcess++;
            _bytes += data.Length;
            frame = new CapturedFrame(_last, new LinkType(record.LinkType), 0, _frames, data, record.OriginalLength);
            return true;
        }

        frame = default;
        return false;
    }

    /// <summary>The next whole record of the buffer; what is no frame has been dealt with.</summary>
    private bool TakeRecord(out CaptureRecord record, out ReadOnlySpan<byte> data)
    {
        record = default;
        data = default;
        var waiting = _buffer.AsSpan(_start, _end - _start);
        if (waiting.Length < CaptureRecord.HeaderBytes) return false;
        record = MemoryMarshal.Read<CaptureRecord>(waiting);
        if ((uint)record.Length > CaptureRecord.MaximumLength)
        {
            // Cannot come from a whole process: what is left in the channel means nothing.
            Note("The capture process wrote what is no record; it is started again.");
            _start = _end = 0;
            _process!.Kill();
            return false;
        }

        if (waiting.Length < CaptureRecord.HeaderBytes + record.Length)
        {
            MakeRoom(CaptureRecord.HeaderBytes + record.Length);
            return false;
        }

        data = waiting.Slice(CaptureRecord.HeaderBytes, record.Length);
        _start += CaptureRecord.HeaderBytes + record.Length;
        switch (record.Kind)
        {
            case CaptureRecordKind.Frame:
                break;
            case CaptureRecordKind.Time:
                _now = new CaptureTime(Math.Max(_now.UnixNanoseconds, record.UnixNanoseconds));
                break;
            case CaptureRecordKind.State:
                _state = CaptureState.Of(data);
                break;
            case CaptureRecordKind.Notice:
                Note(Encoding.UTF8.GetString(data));
                break;
            case CaptureRecordKind.Fault:
                _openingFault = Encoding.UTF8.GetString(data);
                break;
            case CaptureRecordKind.End:
                _hasEnded = true;
                break;
        }

        return true;
    }

    /// <summary>Moves a record that is cut at the end of the buffer to its beginning, so that the rest fits behind it.</summary>
    private void MakeRoom(int bytes)
    {
        if (_start + bytes <= _buffer.Length) return;
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
    }

    private void Note(string text)
    {
        if (_notices.Count < MaximumNotices) _notices.Add(new SourceNotice(_address.Name, -1, _frames, text));
        else _noticesBeyond++;
    }

    /// <summary>Counters that start again with each process.</summary>
    private readonly record struct Losses(long Source, long Own, long ErrorFrames)
    {
        public static Losses Of(CaptureState? state) => state is null
            ? default
            : new Losses(state.Source.LostFrames, state.OwnDrops, state.Source.ErrorFrames);

        public static Losses operator +(Losses left, Losses right) =>
            new(left.Source + right.Source, left.Own + right.Own, left.ErrorFrames + right.ErrorFrames);
    }
}
