using System.IO.Compression;
using OtGuard.TestKit;

namespace OtGuard.Collectors.Modbus.Tests.Peers;

/// <summary>A log of Zeek: tab-separated, named columns, <c>-</c> for unset (here an empty text).</summary>
internal static class ZeekLog
{
    public static List<Dictionary<string, string>> Read(string relative)
    {
        using var file = File.OpenRead(SharedData.PathOf(relative));
        using Stream plain = relative.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(file, CompressionMode.Decompress)
            : file;
        using var reader = new StreamReader(plain);
        string[] fields = [];
        var rows = new List<Dictionary<string, string>>();
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("#fields\t", StringComparison.Ordinal)) fields = line.Split('\t')[1..];
            if (line.Length == 0 || line[0] == '#') continue;
            var cells = line.Split('\t');
            rows.Add(fields.Zip(cells).ToDictionary(pair => pair.First, pair => pair.Second == "-" ? "" : pair.Second));
        }

        return rows;
    }

    /// <summary>Zeek's name of a function code.</summary>
    public static string FunctionName(int code) => code switch
    {
        1 => "READ_COILS",
        2 => "READ_DISCRETE_INPUTS",
        3 => "READ_HOLDING_REGISTERS",
        4 => "READ_INPUT_REGISTERS",
        5 => "WRITE_SINGLE_COIL",
        6 => "WRITE_SINGLE_REGISTER",
        7 => "READ_EXCEPTION_STATUS",
        8 => "DIAGNOSTICS",
        15 => "WRITE_MULTIPLE_COILS",
        16 => "WRITE_MULTIPLE_REGISTERS",
        17 => "REPORT_SLAVE_ID",
        20 => "READ_FILE_RECORD",
        21 => "WRITE_FILE_RECORD",
        22 => "MASK_WRITE_REGISTER",
        23 => "READ_WRITE_MULTIPLE_REGISTERS",
        24 => "READ_FIFO_QUEUE",
        43 => "ENCAP_INTERFACE_TRANSPORT",
        _ => $"unknown-{code}",
    };

    /// <summary>Zeek's name of an exception code.</summary>
    public static string ExceptionName(int code) => code switch
    {
        1 => "ILLEGAL_FUNCTION",
        2 => "ILLEGAL_DATA_ADDRESS",
        3 => "ILLEGAL_DATA_VALUE",
        4 => "SLAVE_DEVICE_FAILURE",
        _ => $"unknown-{code}",
    };
}
