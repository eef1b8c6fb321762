using System.Globalization;
using System.Text.Json;
using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Host.Output;

/// <summary>Assets, the communication matrix and what is visible of each channel, as tables and as JSON lines.</summary>
internal sealed class InventoryReport(ProtocolRegistry protocols)
{
    private static readonly string[] AssetColumns =
        ["Address", "Link address", "Kind", "Serves", "Uses", "Units", "Identity", "First seen (UTC)", "Last seen (UTC)"];

    private static readonly string[] MatrixColumns =
    [
        "Client", "Server", "Service", "Functions", "Reads", "Writes", "Period", "Latency", "Rejected", "Unanswered",
        "Frames", "Bytes", "First seen (UTC)", "Last seen (UTC)",
    ];

    private static readonly string[] ChannelColumns =
        ["Client", "Server", "Service", "Payload", "Decoded", "Undecoded", "Opaque", "Lost", "Note"];

    public static void WriteAssets(Tables tables, IReadOnlyList<Asset> assets)
    {
        var rows = new List<string[]>();
        foreach (var asset in assets)
        {
            rows.Add(
            [
                asset.Address.ToString(),
                string.Join(", ", asset.LinkAddresses),
                KindText(asset),
                string.Join(", ", asset.Serves),
                string.Join(", ", asset.Uses),
                string.Join(", ", asset.Units),
                string.Join("; ", asset.Facts.Select(f => $"{f.Fact.Name}: {f.Fact.Value}").Distinct()),
                Words.Moment(asset.FirstSeen),
                Words.Moment(asset.LastSeen),
            ]);
        }

        tables.Write($"Assets ({assets.Count})", AssetColumns, rows);
    }

    public static void WriteAssets(JsonLines json, IReadOnlyList<Asset> assets)
    {
        foreach (var asset in assets) json.Write("asset", asset, WriteAsset);
    }

    public void WriteMatrix(Tables tables, IReadOnlyList<MatrixRow> matrix)
    {
        var rows = new List<string[]>();
        foreach (var row in matrix)
        {
            var conversation = row.Conversation;
            rows.Add(
            [
                Words.Address(conversation.Client),
                Words.Address(conversation.Server),
                Words.Service(conversation),
                Functions(row),
                Ranges(row, isWrite: false),
                Ranges(row, isWrite: true),
                row.Period is { } period ? $"{Words.Duration(period.Median)} ± {Words.Duration(period.Spread / 2)}" : "",
                row.Latency.Count == 0 ? "" : Words.Duration(TimeSpan.FromTicks(row.Latency.Quantile(0.5) / 100)),
                Words.Number(row.Rejected),
                Words.Number(row.Unanswered),
                Words.Number(conversation.FromClient.Frames + conversation.FromServer.Frames),
                Words.Number(conversation.FromClient.Bytes + conversation.FromServer.Bytes),
                Words.Moment(conversation.FirstSeen),
                Words.Moment(conversation.LastSeen),
            ]);
        }

        tables.Write($"Communication matrix ({matrix.Count})", MatrixColumns, rows);
    }

    public void WriteMatrix(JsonLines json, IReadOnlyList<MatrixRow> matrix)
    {
        foreach (var row in matrix) json.Write("conversation", row, WriteRow);
    }

    public static void WriteChannels(Tables tables, IReadOnlyList<Conversation> conversations)
    {
        var rows = new List<string[]>();
        foreach (var conversation in conversations)
        {
            var seen = conversation.Visibility;
            var whole = seen.DecodedBytes + seen.UndecodedBytes + seen.OpaqueBytes + seen.LostBytes;
            rows.Add(
            [
                Words.Address(conversation.Client),
                Words.Address(conversation.Server),
                Words.Service(conversation),
                Words.Number(whole),
                Words.Share(seen.DecodedBytes, whole),
                Words.Share(seen.UndecodedBytes, whole),
                Words.Share(seen.OpaqueBytes, whole),
                Words.Share(seen.LostBytes, whole),
                conversation.OneSided ? "one direction only" : "",
            ]);
        }

        tables.Write($"Channels ({conversations.Count}): share of the payload bytes", ChannelColumns, rows);
    }

    /// <summary>Nodes named in one cell of the matrix; the rest is counted.</summary>
    private const int NodesShown = 6;

    private static readonly string[] SecureChannelColumns =
        ["Client", "Server", "Channel", "Policy", "Mode", "Tokens", "Bytes", "Decoded", "Opaque", "Lost"];

    /// <summary>The secure channels of the protocols that have them: how they were protected and what was seen of them.</summary>
    public void WriteSecureChannels(Tables tables)
    {
        var rows = new List<string[]>();
        foreach (var channel in SecureChannels())
        {
            var whole = channel.DecodedBytes + channel.OpaqueBytes + channel.LostBytes;
            rows.Add(
            [
                Words.Address(channel.Conversation.Client),
                Words.Address(channel.Conversation.Server),
                Words.Number(channel.Id),
                channel.Policy.Length == 0 ? "not seen" : channel.Policy,
                channel.Mode.Length == 0 ? "not seen" : channel.Mode,
                Words.Number(channel.Tokens),
                Words.Number(whole),
                Words.Share(channel.DecodedBytes, whole),
                Words.Share(channel.OpaqueBytes, whole),
                Words.Share(channel.LostBytes, whole),
            ]);
        }

        if (rows.Count == 0) return;
        tables.Write($"Secure channels ({rows.Count})", SecureChannelColumns, rows);
    }

    /// <summary>The same as JSON.</summary>
    public void WriteSecureChannels(JsonLines json)
    {
        foreach (var channel in SecureChannels())
        {
            json.Write("secureChannel", channel, static (writer, channel) =>
            {
                WriteEnds(writer, channel.Conversation);
                writer.WriteNumber("secureChannelId", channel.Id);
                writer.WriteString("securityPolicy", channel.Policy.Length == 0 ? null : channel.Policy);
                writer.WriteString("securityMode", channel.Mode.Length == 0 ? null : channel.Mode);
                writer.WriteNumber("tokens", channel.Tokens);
                writer.WriteNumber("decodedBytes", channel.DecodedBytes);
                writer.WriteNumber("opaqueBytes", channel.OpaqueBytes);
                writer.WriteNumber("lostBytes", channel.LostBytes);
                writer.WriteString("firstSeen", channel.FirstSeen.ToString());
                writer.WriteString("lastSeen", channel.LastSeen.ToString());
            });
        }
    }

    private IEnumerable<ChannelSummary> SecureChannels()
    {
        for (byte index = 1; index <= protocols.Count; index++)
            foreach (var channel in protocols[index].Channels) yield return channel;
    }

    public static void WriteChannels(JsonLines json, IReadOnlyList<Conversation> conversations)
    {
        foreach (var conversation in conversations)
        {
            json.Write("channel", conversation, static (writer, channel) =>
            {
                WriteEnds(writer, channel);
                writer.WriteNumber("decodedBytes", channel.Visibility.DecodedBytes);
                writer.WriteNumber("undecodedBytes", channel.Visibility.UndecodedBytes);
                writer.WriteNumber("opaqueBytes", channel.Visibility.OpaqueBytes);
                writer.WriteNumber("lostBytes", channel.Visibility.LostBytes);
                writer.WriteBoolean("oneSided", channel.OneSided);
            });
        }
    }

    private static string KindText(Asset asset) => asset.Kind switch
    {
        AssetKind.Host => "host",
        AssetKind.Controller => "controller",
        AssetKind.ControlStation => asset.IsWriter ? "control station, writes" : "control station",
        AssetKind.Gateway => asset.IsWriter ? "gateway, writes" : "gateway",
        AssetKind.Router => "router",
        AssetKind.ControlUnit => "control unit",
        AssetKind.Tester => asset.IsWriter ? "diagnostic tester, writes" : "diagnostic tester",
    };

    private string Functions(MatrixRow row)
    {
        if (row.Protocol == ProtocolRegistry.Network) return "";
        var protocol = protocols[row.Protocol];
        return string.Join(", ", row.Functions
            .GroupBy(f => protocol.OperationName(f.Key.Code, f.Key.SubCode))
            .Select(g => $"{g.Key} ×{g.Sum(f => f.Value.Count).ToString(CultureInfo.InvariantCulture)}"));
    }

    private string Ranges(MatrixRow row, bool isWrite)
    {
        return string.Join("; ", row.Ranges
            .Where(range => range.Key.IsWrite == isWrite)
            .GroupBy(range => range.Key.Space)
            .Select(group => group.Key == TargetSpace.Nodes
                ? Nodes(row, Union(group.Select(range => range.Value)))
                : $"{Words.Space(group.Key)} {Union(group.Select(range => range.Value))}"));
    }

    /// <summary>Nodes by their names: their numbers say nothing to a person.</summary>
    private string Nodes(MatrixRow row, AddressIntervals numbers)
    {
        var names = NodeNames(row, numbers).Order(StringComparer.Ordinal).ToList();
        var more = names.Count > NodesShown ? $" and {Words.Number(names.Count - NodesShown)} more" : "";
        return $"{string.Join(", ", names.Take(NodesShown))}{more}";
    }

    private IEnumerable<string> NodeNames(MatrixRow row, AddressIntervals numbers)
    {
        // Numbers of nodes are scattered: an interval of more than one is a coincidence, and both its ends are nodes.
        var protocol = protocols[row.Protocol];
        foreach (var (first, last) in numbers.Items)
        {
            yield return Name(first);
            if (last != first) yield return Name(last);
        }

        string Name(uint number)
        {
            var target = new Target(TargetSpace.Nodes, number, 1);
            return protocol.TargetKey(target) ?? protocol.TargetText(target);
        }
    }

    private static AddressIntervals Union(IEnumerable<AddressIntervals> ofUnits)
    {
        var all = new AddressIntervals();
        foreach (var interval in ofUnits.SelectMany(unit => unit.Items)) all.Add(interval);
        return all;
    }

    private static void WriteAsset(Utf8JsonWriter writer, Asset asset)
    {
        writer.WriteString("address", asset.Address.ToString());
        WriteTexts(writer, "linkAddresses", asset.LinkAddresses);
        writer.WriteString("kind", asset.Kind.ToString());
        WriteTexts(writer, "serves", asset.Serves);
        WriteTexts(writer, "uses", asset.Uses);
        writer.WriteStartArray("units");
        foreach (var unit in asset.Units) writer.WriteNumberValue(unit);
        writer.WriteEndArray();
        writer.WriteBoolean("writes", asset.IsWriter);
        writer.WriteStartArray("facts");
        foreach (var (unit, fact) in asset.Facts)
        {
            writer.WriteStartObject();
            writer.WriteNumber("unit", unit);
            writer.WriteString("name", fact.Name);
            writer.WriteString("value", fact.Value);
            writer.WriteString("provenance", fact.Provenance);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteString("firstSeen", asset.FirstSeen.ToString());
        writer.WriteString("lastSeen", asset.LastSeen.ToString());
    }

    private void WriteRow(Utf8JsonWriter writer, MatrixRow row)
    {
        var conversation = row.Conversation;
        WriteEnds(writer, conversation);
        writer.WriteStartArray("functions");
        if (row.Protocol != ProtocolRegistry.Network)
        {
            foreach (var (key, use) in row.Functions)
            {
                writer.WriteStartObject();
                writer.WriteNumber("unit", key.Unit);
                writer.WriteNumber("code", key.Code);
                if (key.SubCode >= 0) writer.WriteNumber("subCode", key.SubCode);
                writer.WriteString("operation", protocols[row.Protocol].OperationName(key.Code, key.SubCode));
                writer.WriteNumber("count", use.Count);
                writer.WriteNumber("rejected", use.Rejected);
                writer.WriteNumber("unanswered", use.Unanswered);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
        writer.WriteStartArray("ranges");
        foreach (var (key, intervals) in row.Ranges)
        {
            writer.WriteStartObject();
            writer.WriteNumber("unit", key.Unit);
            writer.WriteString("space", key.Space.ToString());
            writer.WriteBoolean("write", key.IsWrite);
            writer.WriteStartArray("addresses");
            foreach (var (first, last) in intervals.Items)
            {
                writer.WriteStartArray();
                writer.WriteNumberValue(first);
                writer.WriteNumberValue(last);
                writer.WriteEndArray();
            }

            writer.WriteEndArray();
            if (key.Space == TargetSpace.Nodes) WriteTexts(writer, "nodes", [.. NodeNames(row, intervals)]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("exchanges", row.Exchanges);
        writer.WriteNumber("rejected", row.Rejected);
        writer.WriteNumber("unanswered", row.Unanswered);
        writer.WriteNumber("writes", row.Writes);
        writer.WriteString("lastWrite", row.LastWrite?.ToString());
        if (row.Period is { } period)
        {
            writer.WriteNumber("periodMilliseconds", period.Median.TotalMilliseconds);
            writer.WriteNumber("periodSpreadMilliseconds", period.Spread.TotalMilliseconds);
        }

        if (row.Latency.Count > 0)
        {
            writer.WriteNumber("latencyMedianMicroseconds", row.Latency.Quantile(0.5) / 1000);
            writer.WriteNumber("latencyP99Microseconds", row.Latency.Quantile(0.99) / 1000);
        }

        writer.WriteNumber("framesFromClient", conversation.FromClient.Frames);
        writer.WriteNumber("framesFromServer", conversation.FromServer.Frames);
        writer.WriteNumber("bytesFromClient", conversation.FromClient.Bytes);
        writer.WriteNumber("bytesFromServer", conversation.FromServer.Bytes);
        writer.WriteString("firstSeen", conversation.FirstSeen.ToString());
        writer.WriteString("lastSeen", conversation.LastSeen.ToString());
    }

    private static void WriteEnds(Utf8JsonWriter writer, Conversation conversation)
    {
        writer.WriteString("client", conversation.Client.ToString());
        writer.WriteString("server", conversation.Server.ToString());
        writer.WriteString("transport", conversation.Transport.ToString());
        writer.WriteNumber("service", conversation.Service);
        writer.WriteString("protocol", conversation.ProtocolName);
    }

    private static void WriteTexts(Utf8JsonWriter writer, string name, IEnumerable<string> texts)
    {
        writer.WriteStartArray(name);
        foreach (var text in texts) writer.WriteStringValue(text);
        writer.WriteEndArray();
    }
}
