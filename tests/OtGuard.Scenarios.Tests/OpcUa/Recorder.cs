using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace OtGuard.Scenarios.Tests.OpcUa;

/// <summary>tcpdump on the loopback interface, holding exactly what is sent between its start and its end.</summary>
/// <remarks>
/// Neither beginning nor end is guessed from a delay. A datagram with a mark is sent over the same interface: once the
/// mark is in the file the recording runs, and once the mark of the end is in the file everything before it is too, since
/// the interface keeps the order. The marks are cut out again.
/// </remarks>
internal sealed class Recorder : IDisposable
{
    private const int FileHeaderBytes = 24;
    private const int RecordHeaderBytes = 16;

    private readonly string _file;
    private readonly PeerProcess _tcpdump;
    private readonly UdpClient _marker = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly string _mark = Guid.NewGuid().ToString("N");

    /// <summary>Starts to record one TCP port and returns when the recording runs.</summary>
    public Recorder(string file, int port)
    {
        _file = file;
        // The marks go to the marker's own socket, so that no answer of the kernel's comes back.
        var to = ((IPEndPoint)_marker.Client.LocalEndPoint!).Port;
        var filter = string.Create(CultureInfo.InvariantCulture, $"tcp port {port} or (udp and dst port {to})");
        _tcpdump = new PeerProcess("tcpdump", Path.GetDirectoryName(file)!,
            ["-n", "-i", "lo", "-s", "0", "-B", "32768", "--immediate-mode", "-U", "-Z", "root", "-w", file, filter]);
        try
        {
            _tcpdump.WaitUntilItSays("listening on");
            Mark("begin");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Ends the recording after the last packet sent until now; fails when packets were lost.</summary>
    public void Finish()
    {
        Mark("end");
        _tcpdump.Interrupt();
        if (!_tcpdump.Said.Contains("0 packets dropped by kernel", StringComparison.Ordinal)) Assert.Fail(_tcpdump.Said);
        CutMarks();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tcpdump.Dispose();
        _marker.Dispose();
    }

    private void Mark(string which)
    {
        var mark = Encoding.ASCII.GetBytes(_mark + which);
        var end = TimeProvider.System.GetTimestamp();
        var seen = SpinWait.SpinUntil(() =>
        {
            if (Ends(mark)) return true;
            _marker.Send(mark, (IPEndPoint)_marker.Client.LocalEndPoint!);
            // A datagram needs a moment to the file; the next one is sent only when it has not come by then.
            return SpinWait.SpinUntil(() => Ends(mark), TimeSpan.FromMilliseconds(200));
        }, PeerProcess.Patience);
        if (!seen) Assert.Fail($"tcpdump records nothing after {TimeProvider.System.GetElapsedTime(end)}:\n{_tcpdump.Said}");
    }

    private bool Ends(byte[] mark)
    {
        using var stream = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (stream.Length < FileHeaderBytes + mark.Length) return false;
        stream.Seek(-mark.Length, SeekOrigin.End);
        var tail = new byte[mark.Length];
        stream.ReadExactly(tail);
        return tail.AsSpan().SequenceEqual(mark);
    }

    private void CutMarks()
    {
        var all = File.ReadAllBytes(_file);
        var mark = Encoding.ASCII.GetBytes(_mark);
        using var kept = File.Create(_file);
        kept.Write(all.AsSpan(0, FileHeaderBytes));
        for (var at = FileHeaderBytes; at < all.Length;)
        {
            var length = RecordHeaderBytes + BinaryPrimitives.ReadInt32LittleEndian(all.AsSpan(at + 8));
            var record = all.AsSpan(at, length);
            if (record.IndexOf(mark) < 0) kept.Write(record);
            at += length;
        }
    }
}
