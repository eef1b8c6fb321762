using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using OtGuard.Collectors.Capture.Files;

namespace OtGuard.Collectors.Can.Tests.Peers;

/// <summary>Wireshark's command line as an independent reader of the same captures.</summary>
internal static class Tshark
{
    /// <summary>Runs tshark over a capture; the fields of every frame, tab separated.</summary>
    public static string[][] Fields(string path, string[] options, params string[] fields)
    {
        string[] all = ["-n", "-r", path, .. options, "-T", "fields", .. fields.SelectMany(field => new[] { "-e", field })];
        var start = new ProcessStartInfo("tshark", all) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Start(start);
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t'))];
    }

    /// <summary>
    /// Writes the frames of a capture as link type 227 with identifiers in network order, which not all of the captures
    /// have and tshark insists on.
    /// </summary>
    public static string Normalise(string capture, string target)
    {
        using var source = CaptureFiles.Open([capture]);
        using var file = File.Create(target);
        Span<byte> header = stackalloc byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, 0xA1B2C3D4);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 65535);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 227);
        file.Write(header);
        var record = new byte[16];
        bool? littleEndian = null;
        while (source.TryRead(out var frame))
        {
            var data = frame.Data.ToArray();
            if (frame.LinkType == LinkType.LinuxCooked) data = data[16..];
            var word = BinaryPrimitives.ReadUInt32LittleEndian(data);

            // Identifiers of 11 bits that stand at the wrong end, and no flag.
            littleEndian ??= word <= 0x7FF;
            if (littleEndian == true) BinaryPrimitives.WriteUInt32BigEndian(data, word);
            BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(frame.Number / 1000));
            BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), (uint)(frame.Number % 1000 * 1000));
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), data.Length);
            BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), data.Length);
            file.Write(record);
            file.Write(data);
        }

        return target;
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            const string message = "tshark is not installed (tests/run.sh --install-peers installs it).";
            if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(message);
            Assert.Inconclusive(message);
            throw;
        }
    }
}
