using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Collectors.Can.Live;
using OtGuard.Collectors.Can.Live.SocketCan;
using OtGuard.Collectors.Capture.Live;
using OtGuard.Host.Commands;
using OtGuard.Host.Live;

namespace OtGuard.Host.Capturing;

/// <summary>
/// The process that alone opens an interface: it holds no right but to listen, can make no call that sends, and hands what
/// it receives to its parent over standard output.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class CaptureProcess
{
    /// <summary>Longest wait for a frame, after which a quiet line's time goes out.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan StateInterval = TimeSpan.FromSeconds(1);

    /// <summary>How many frames of a busy line between two looks at the clock: a few milliseconds of work.</summary>
    private const int FramesPerLook = 4096;

    /// <summary>Reads an interface until the parent goes or the interface ends.</summary>
    /// <param name="source">The live source, as on the command line.</param>
    /// <param name="output">The channel.</param>
    /// <returns>An exit code.</returns>
    public static int Run(string source, Stream output)
    {
        using var channel = new FrameChannel(output);
        try
        {
            var address = LiveAddress.Parse(source);
            // Its own time to end is the parent's to keep.
            using var links = new NetlinkCanLinks(keepsOpen: true);
            using var reader = Open(address, links);
            Confinement.LoadFilter(links.Descriptor);
            var state = Confinement.ReadBack();
            if (!state.IsComplete) throw new LiveSourceException($"The capture process could not be confined: {state}.");
            Read(reader, address, state, channel);
            return ExitCodes.Clean;
        }
        catch (Exception fault) when (fault is LiveSourceException or UsageException)
        {
            channel.Add(CaptureRecordKind.Fault, Encoding.UTF8.GetBytes(fault.Message));
            return ExitCodes.Environment;
        }
    }

    /// <summary>Confines itself as if it would listen, and says whether all is refused that has to be.</summary>
    /// <returns>What is in force and the calls that were not refused.</returns>
    public static ConfinementCheck Check()
    {
        Confinement.LoadFilter(-1);
        return new ConfinementCheck(Confinement.ReadBack(), Confinement.FindUnrefused());
    }

    private static ILiveFrameSource Open(LiveAddress address, NetlinkCanLinks links) => address.Scheme switch
    {
        LiveScheme.Net => NetworkInterfaceSource.Open(
            address.Name,
            new LiveNetworkOptions
            {
                Promiscuous = address.Promiscuous,
                Filter = address.Filter,
                BufferBytes = address.BufferBytes,
            }),
        LiveScheme.SocketCan => SocketCanSource.Open(
            address.Name, links, new LiveCanOptions { Acknowledge = address.Acknowledge }),
        LiveScheme.Pcan or LiveScheme.Folder => throw new UsageException(
            "The capture process reads network and CAN interfaces of Linux alone."),
    };

    private static void Read(
        ILiveFrameSource reader, LiveAddress address, ConfinementState confinement, FrameChannel channel)
    {
        var time = TimeProvider.System;
        var told = 0;
        Tell();
        channel.Flush();
        var last = time.GetTimestamp();
        var frames = 0;
        while (!channel.IsBroken)
        {
            // Without waiting as long as frames are there: the chunk at hand goes out once none is.
            var read = reader.Read(TimeSpan.Zero, out var frame);
            if (read == LiveRead.Quiet)
            {
                channel.Flush();
                frames = 0;
                read = reader.Read(Turn, out frame);
            }

            if (read == LiveRead.Frame) channel.Add(in frame);
            else if (read == LiveRead.Ended) break;
            else channel.AddTime(reader.Now);
            if (read == LiveRead.Frame && ++frames % FramesPerLook != 0 && frames > 1) continue;
            if (time.GetElapsedTime(last) < StateInterval) continue;
            last = time.GetTimestamp();
            Tell();
        }

        Tell();
        channel.Add(CaptureRecordKind.End, []);

        void Tell()
        {
            var report = reader.Report();
            var notices = reader.Notices;
            for (; told < notices.Count; told++)
                channel.Add(CaptureRecordKind.Notice, Encoding.UTF8.GetBytes(notices[told].Text));
            var state = new CaptureState(
                SourceState.Of(report), channel.Drops, channel.Frames, InterfaceStatistics.Received(address.Name),
                confinement);
            channel.Add(CaptureRecordKind.State, state.ToBytes());
        }
    }
}

/// <summary>Whether the confinement of a capture process holds here.</summary>
/// <param name="State">What is in force.</param>
/// <param name="Unrefused">Calls that should be refused and were not.</param>
internal sealed record ConfinementCheck(ConfinementState State, IReadOnlyList<string> Unrefused)
{
    /// <summary>Writes it as JSON.</summary>
    public void Write(Stream output)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        State.Write(json);
        json.WriteStartArray("unrefused");
        foreach (var call in Unrefused) json.WriteStringValue(call);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Reads it back.</summary>
    public static ConfinementCheck Of(string text)
    {
        using var document = JsonDocument.Parse(text);
        var json = document.RootElement;
        return new ConfinementCheck(
            ConfinementState.Of(json), [.. json.GetProperty("unrefused").EnumerateArray().Select(call => call.GetString()!)]);
    }
}
