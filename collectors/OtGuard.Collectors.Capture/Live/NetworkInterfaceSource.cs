using System.Runtime.Versioning;
using SharpPcap;
using SharpPcap.LibPcap;

namespace OtGuard.Collectors.Capture.Live;

/// <summary>Frames of a network interface of Linux, through libpcap.</summary>
/// <remarks>
/// Opened by SharpPcap and read without an allocation per frame. libpcap has no way to open for reading alone, so what
/// sends is banned from being called, and whoever composes the program confines the process. An interface that goes away
/// is waited for and opened again. Loss is that of libpcap's buffer, of the adapter and of the kernel's backlog, each since
/// the start. Not thread-safe.
/// </remarks>
[SupportedOSPlatform("linux")]
public sealed class NetworkInterfaceSource : ILiveFrameSource
{
    /// <summary>Longest time spent in one call that cannot be interrupted.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How long the kernel gathers frames before it hands a block of them over. A verdict is due within 250 ms of a frame;
    /// a tenth of that is spent here, and saves a wake-up for each frame.
    /// </summary>
    private const int GatheringMilliseconds = 25;

    /// <summary>How often the state of the interface and its counters are looked at.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(1);

    /// <summary>libpcap's own largest: no frame is cut.</summary>
    private const int SnapshotBytes = 262_144;

    private readonly LiveNetworkOptions _options;
    private readonly PcapInterface _interface;
    private readonly List<SourceNotice> _notices = [];
    private LibPcapLiveDevice? _device;
    private PcapStatistics _counted;
    private long _noticesBeyond;
    private long _frames;
    private long _framesBeforeOpening;
    private long _bytes;
    private long _lostInBuffer;
    private long _lostByInterface;
    private long _lostInBacklog;
    private long _missedCounted;
    private long _backlogCounted;
    private long _fractionNanoseconds = 1;
    private long _watched;
    private int _descriptor = -1;
    private int? _index;
    private bool _wasUp = true;
    private bool _hadCarrier = true;
    private CaptureTime _first;
    private CaptureTime _last;

    private NetworkInterfaceSource(PcapInterface found, LiveNetworkOptions options)
    {
        _interface = found;
        _options = options;
        Name = found.Name;
    }

    /// <summary>The interface.</summary>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SourceNotice> Notices => _noticesBeyond == 0
        ? _notices
        : [.. _notices, new SourceNotice(Name, -1, _frames, $"{_noticesBeyond} more notices were left out.")];

    /// <summary>
    /// The moment up to which frames have been handed out where none waits: what the kernel still gathers is younger.
    /// </summary>
    public CaptureTime Now =>
        new((_options.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100
            - 2L * GatheringMilliseconds * (CaptureTime.NanosecondsPerSecond / 1000));

    /// <summary>How its frames begin.</summary>
    public LinkType LinkType { get; private set; }

    /// <summary>Starts to listen on an interface.</summary>
    /// <exception cref="LiveSourceException">
    /// libpcap is missing, there is no such interface, it is down, this account may not listen, or the filter is wrong.
    /// </exception>
    public static NetworkInterfaceSource Open(string name, LiveNetworkOptions options)
    {
        var known = All();
        var found = known.FirstOrDefault(one => one.Name == name)
            ?? throw new LiveSourceException(
                known.Count == 0
                    ? "libpcap shows no network interface to this account: listening needs CAP_NET_RAW ('otguard doctor' says how to give it)."
                    : $"There is no network interface '{name}'; there are {Names(known)}.");
        var source = new NetworkInterfaceSource(found, options);
        try
        {
            source.Start();
            return source;
        }
        catch
        {
            source.Dispose();
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
        frame = default;
        var started = _options.Time.GetTimestamp();
        while (!_options.Stop.IsCancellationRequested)
        {
            if (_device is not null && TryReceive(out frame)) return LiveRead.Frame;
            Watch();
            var left = wait - _options.Time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero) return LiveRead.Quiet;
            Wait(left < Slice ? left : Slice);
        }

        return LiveRead.Ended;
    }

    /// <inheritdoc/>
    public LiveSourceReport Report()
    {
        Count();
        return new LiveSourceReport(
            Name, "libpcap", LinkType, _fractionNanoseconds == 1 ? "the kernel's, 10^-9 s" : "the kernel's, 10^-6 s",
            _options.Promiscuous ? "listens only, to all frames on its line" : "listens only, to frames for this machine",
            false, _frames, _bytes, 0, _lostInBuffer + _lostByInterface + _lostInBacklog,
            _frames == 0 ? null : _first, _frames == 0 ? null : _last)
        {
            Losses =
            [
                new LiveLoss("libpcap's buffer was full", _lostInBuffer),
                new LiveLoss("the adapter had no room for them", _lostByInterface),
                new LiveLoss("the kernel's backlog was full (of all interfaces)", _lostInBacklog),
            ],
        };
    }

    /// <inheritdoc/>
    public void Dispose() => CloseDevice();

    /// <summary>Those of the kernel: libpcap also lists sources of other kinds.</summary>
    private static string Names(IEnumerable<PcapInterface> known) =>
        string.Join(", ", known.Select(one => one.Name).Where(name => InterfaceStatistics.Index(name) is not null));

    private static IReadOnlyList<PcapInterface> All()
    {
        try
        {
            return PcapInterface.GetAllPcapInterfaces();
        }
        catch (Exception fault) when (fault is DllNotFoundException or TypeInitializationException or EntryPointNotFoundException)
        {
            throw new LiveSourceException(
                "libpcap is not installed: on Debian and Ubuntu 'apt-get install libpcap0.8', on Fedora 'dnf install libpcap'.",
                fault);
        }
        catch (PcapException fault)
        {
            throw new LiveSourceException($"The network interfaces could not be listed: {fault.Message}.", fault);
        }
    }

    private void Start()
    {
        // Found before it is opened, so that an interface renamed or made anew meanwhile is noticed.
        _index = InterfaceStatistics.Index(Name);
        if (_index is not null && !InterfaceStatistics.IsUp(Name))
            throw new LiveSourceException($"{Name} is down: 'ip link set {Name} up' sets it up, without an address.");
        var device = new LibPcapLiveDevice(_interface);
        List<string> refused = [];
        var configuration = new DeviceConfiguration
        {
            Mode = _options.Promiscuous ? DeviceModes.Promiscuous : DeviceModes.None,
            ReadTimeout = GatheringMilliseconds,
            Snaplen = SnapshotBytes,
            BufferSize = _options.BufferBytes,
            TimestampResolution = TimestampResolution.Nanosecond,
        };
        configuration.ConfigurationFailed += (_, failure) => refused.Add($"{failure.Property}");
        try
        {
            device.Open(configuration);
            if (_options.Filter is { } filter) device.Filter = filter;
            device.NonBlockingMode = true;
            _fractionNanoseconds = device.TimestampResolution == TimestampResolution.Nanosecond ? 1 : 1000;
        }
        catch (Exception fault) when (fault is PcapException or DllNotFoundException or InvalidOperationException)
        {
            var message = device.Opened && _options.Filter is { } filter && !PcapDevice.CheckFilter(filter, out var wrong)
                ? $"The filter '{filter}' is wrong: {wrong}."
                : Explain(fault.Message);
            device.Dispose();
            throw new LiveSourceException(message, fault);
        }

        _device = device;
        _descriptor = PcapLibrary.SelectableDescriptor(device.Handle.DangerousGetHandle());
        LinkType = ToLinkType((int)device.LinkType);
        _counted = default;
        _framesBeforeOpening = _frames;
        _missedCounted = InterfaceStatistics.Missed(Name);
        _backlogCounted = InterfaceStatistics.BacklogDrops();
        _wasUp = true;
        _hadCarrier = InterfaceStatistics.HasCarrier(Name) ?? true;
        refused.Remove(nameof(DeviceConfiguration.TimestampResolution));
        if (refused.Count > 0) Note($"libpcap does not take these settings here: {string.Join(", ", refused)}.");
        if (_fractionNanoseconds != 1) Note("The kernel stamps frames in microseconds only.");
    }

    private string Explain(string fault) =>
        fault.Contains("permission", StringComparison.OrdinalIgnoreCase)
        || fault.Contains("not permitted", StringComparison.OrdinalIgnoreCase)
            ? $"This account may not listen on {Name}: 'setcap cap_net_raw+ep' on the otguard executable gives it the right ('otguard doctor' shows the command)."
            : $"{Name} could not be opened: {fault.Trim().TrimEnd('.')}.";

    /// <summary>Numbers of libpcap and of capture files differ for one type that interfaces have: raw IP.</summary>
    private static LinkType ToLinkType(int number)
    {
        const int raw = 12;
        return number == raw ? LinkType.Raw : new LinkType((ushort)number);
    }

    private unsafe bool TryReceive(out CapturedFrame frame)
    {
        nint header = 0, data = 0;
        var outcome = _device!.GetNextPacketPointers(ref header, ref data);
        if (outcome == 1)
        {
            var packet = (PcapPacketHeader*)header;
            var bytes = new ReadOnlySpan<byte>((void*)data, (int)packet->CapturedBytes);
            _last = CaptureTime.FromSeconds(packet->Seconds, packet->Fraction * _fractionNanoseconds);
            if (_frames++ == 0) _first = _last;
            _bytes += bytes.Length;
            frame = new CapturedFrame(_last, LinkType, 0, _frames, bytes, (int)packet->WireBytes);
            return true;
        }

        frame = default;
        if (outcome >= 0) return false;
        Leave($"Reading failed ({_device.LastError.Trim().TrimEnd('.')}); it is opened again as soon as that is possible.");
        return false;
    }

    private unsafe void Wait(TimeSpan wait)
    {
        if (_device is null || _descriptor < 0)
        {
            _options.Stop.WaitHandle.WaitOne(wait);
            return;
        }

        var entry = new PollEntry { Descriptor = _descriptor, Events = PcapLibrary.PollIn };
        _ = PcapLibrary.Poll(&entry, 1, Math.Max(1, (int)wait.TotalMilliseconds));
    }

    /// <summary>Once a second, where no frame waits: is the interface still the one that was opened, and what was lost?</summary>
    private void Watch()
    {
        if (_watched != 0 && _options.Time.GetElapsedTime(_watched) < WatchInterval) return;
        _watched = _options.Time.GetTimestamp();
        var index = InterfaceStatistics.Index(Name);
        if (_device is null)
        {
            if (index is not null && InterfaceStatistics.IsUp(Name)) Reopen();
            return;
        }

        // The pseudo-device "any" is no interface of the kernel.
        if (_index is null) return;
        if (index != _index)
        {
            Leave(index is null
                ? "The interface is gone; it is opened again when it comes back."
                : "The interface was taken away and made anew; it is opened again.");
            return;
        }

        WatchLink();
        Count();
    }

    private void WatchLink()
    {
        var isUp = InterfaceStatistics.IsUp(Name);
        if (isUp != _wasUp)
            Note(isUp ? "The interface is up again." : "The interface was set down; nothing is received until it is up.");
        _wasUp = isUp;
        if (!isUp) return;
        var hasCarrier = InterfaceStatistics.HasCarrier(Name) ?? true;
        if (hasCarrier != _hadCarrier) Note(hasCarrier ? "The link is there again." : "The link is down: is the cable unplugged?");
        _hadCarrier = hasCarrier;
    }

    private void Reopen()
    {
        try
        {
            Start();
            Note("The interface is listened to again.");
        }
        catch (LiveSourceException fault)
        {
            // It is tried again every second; one notice for a reason that stays the same.
            if (_notices.Count == 0 || _notices[^1].Text != fault.Message) Note(fault.Message);
        }
    }

    private void Leave(string why)
    {
        Count();
        var unread = Unread();
        _lostInBuffer += unread;
        CloseDevice();
        Note(unread == 0 ? why : $"{why} About {unread} frames that were not read yet are lost with it.");
    }

    /// <summary>
    /// Frames that libpcap had received and not handed over when the interface went: it no longer hands them over. Its
    /// counters have 32 bits and run over, so the difference is taken in as many.
    /// </summary>
    private int Unread() =>
        Math.Max(0, unchecked((int)(_counted.Received - _counted.Dropped - (uint)(_frames - _framesBeforeOpening))));

    private unsafe void Count()
    {
        if (_device is null) return;
        PcapStatistics now;
        if (PcapLibrary.Statistics(_device.Handle.DangerousGetHandle(), &now) == 0)
        {
            // Counters of 32 bits run over. Those of the interface that libpcap adds are the kernel's below.
            var more = now.Dropped - _counted.Dropped;
            if (more > 0 && _lostInBuffer == 0)
                Note("libpcap's buffer was full and frames were lost; how many in all stands in the counters.");
            _lostInBuffer += more;
            _counted = now;
        }

        if (_index is null || InterfaceStatistics.Index(Name) != _index) return;
        var missed = InterfaceStatistics.Missed(Name);
        if (missed > _missedCounted && _lostByInterface == 0)
            Note("The adapter had no room for frames and lost them; how many in all stands in the counters.");
        _lostByInterface += Math.Max(0, missed - _missedCounted);
        _missedCounted = missed;
        var backlog = InterfaceStatistics.BacklogDrops();
        if (backlog > _backlogCounted && _lostInBacklog == 0)
            Note("The kernel's backlog was full and frames were lost; how many in all stands in the counters.");
        _lostInBacklog += Math.Max(0, backlog - _backlogCounted);
        _backlogCounted = backlog;
    }

    private void CloseDevice()
    {
        _device?.Dispose();
        _device = null;
        _descriptor = -1;
    }

    private void Note(string text)
    {
        if (_notices.Count < _options.MaximumNotices)
            _notices.Add(new SourceNotice(Name, -1, _frames, text));
        else
            _noticesBeyond++;
    }
}
