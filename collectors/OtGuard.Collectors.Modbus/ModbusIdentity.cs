using System.Globalization;
using System.Text;

namespace OtGuard.Collectors.Modbus;

/// <summary>What devices say of themselves: answers to function codes 17 and 43/14.</summary>
public static class ModbusIdentity
{
    /// <summary>Object identifiers below this one have names of the standard.</summary>
    private static readonly string[] ObjectNames =
    [
        "VendorName", "ProductCode", "MajorMinorRevision", "VendorUrl", "ProductName", "ModelName",
        "UserApplicationName",
    ];

    /// <summary>
    /// The facts an observation holds, in the order of the message; none where it is no answered identification, or
    /// where the capture cut it, since half a name is another name. Allocates; identification is rare.
    /// </summary>
    /// <remarks>Modbus Application Protocol V1.1b3 §6.13 and §6.21.</remarks>
    public static IReadOnlyList<(string Name, string Value)> Read(in Observation observation, ObservationBatch batch)
    {
        var response = batch.Bytes(observation.ResponseData);
        if (observation.Operation != Operation.Identify || response.IsEmpty
            || new FunctionCode(response[0]).IsException
            || (observation.Anomalies & (ulong)ModbusAnomaly.MessageCut) != 0) return [];
        return response[0] switch
        {
            FunctionCode.ReportServerId => ServerId(response),
            FunctionCode.EncapsulatedInterfaceTransport when response.Length >= 7
                && response[1] == MeiType.ReadDeviceIdentification => DeviceObjects(response),
            _ => [],
        };
    }

    /// <summary>The standard's name of an object of device identification, <c>ObjectN</c> where it has none.</summary>
    /// <remarks>Modbus Application Protocol V1.1b3 §6.21.</remarks>
    internal static string ObjectName(byte id) =>
        id < ObjectNames.Length ? ObjectNames[id] : "Object" + id.ToString(CultureInfo.InvariantCulture);

    private static List<(string Name, string Value)> DeviceObjects(ReadOnlySpan<byte> response)
    {
        var facts = new List<(string Name, string Value)>();
        var at = 7;
        for (var left = response[6]; left > 0 && at + 2 <= response.Length; left--)
        {
            var length = Math.Min(response[at + 1], response.Length - at - 2);
            facts.Add((ObjectName(response[at]), Text(response.Slice(at + 2, length))));
            at += 2 + length;
        }

        return facts;
    }

    /// <summary>
    /// The standard leaves the format to the device: a server identifier and a run indicator status, with further data
    /// behind. Text in it is a fact of its own, and so is an indicator where the last byte before the end is one.
    /// </summary>
    private static List<(string Name, string Value)> ServerId(ReadOnlySpan<byte> response)
    {
        var facts = new List<(string Name, string Value)>();
        if (response.Length < 3) return facts;
        var data = response.Slice(2, Math.Min(response[1], response.Length - 2));
        if (data.IsEmpty) return facts;

        // One byte of identifier and the indicator first (most devices), or text first and the indicator last.
        if (data.Length >= 2 && data[1] is 0x00 or 0xFF)
        {
            facts.Add(("ServerId", Convert.ToHexStringLower(data[..1])));
            facts.Add(("RunIndicatorStatus", data[1] == 0xFF ? "on" : "off"));
            if (data.Length > 2) facts.Add(("AdditionalData", Text(data[2..])));
        }
        else if (data[^1] is 0x00 or 0xFF)
        {
            facts.Add(("ServerId", Text(data[..^1])));
            facts.Add(("RunIndicatorStatus", data[^1] == 0xFF ? "on" : "off"));
        }
        else
        {
            facts.Add(("ServerId", Text(data)));
        }

        return facts;
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.TrimEnd((byte)0);
        foreach (var value in text)
            if (value is < 0x20 or > 0x7E) return "0x" + Convert.ToHexStringLower(bytes);
        return Encoding.ASCII.GetString(text);
    }
}
