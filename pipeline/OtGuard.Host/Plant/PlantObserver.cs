using OtGuard.Collectors;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Output;
using OtGuard.Models;

namespace OtGuard.Host.Plant;

/// <summary>
/// What one source shows of the plant: assets, who asks whom for what, messages of buses, writes. Fed and asked by the
/// thread
/// that judges; the picture it makes is immutable and may go anywhere.
/// </summary>
internal sealed class PlantObserver(
    ProtocolRegistry protocols, Baseline? baseline, string source, Func<NetworkAddress, string?> zoneOf) : IObservationConsumer
{
    /// <summary>Rows of the matrix shown: the ones with the most bytes.</summary>
    private const int MostConversations = 20_000;

    private readonly NetworkInventory _inventory = new(protocols);
    private readonly CanBench _bench = new(protocols);
    private readonly ActLog _acts = new(protocols, source);

    public void Consume(ObservationBatch batch)
    {
        _inventory.Consume(batch);
        foreach (ref readonly var observation in batch.Items)
        {
            if (observation.Protocol == ProtocolRegistry.Network) continue;
            if (observation.Target.Space == TargetSpace.CanIdentifier) _bench.Note(in observation, batch);
            else _acts.Note(in observation, batch);
        }
    }

    /// <summary>What was seen until now.</summary>
    public PlantPicture Picture() => new(
        Assets(), Conversations(), _bench.Messages(baseline), _bench.Buses(), [.. _acts.Writes], _acts.WritesForgotten,
        [.. _acts.Diagnostics]);

    private List<AssetView> Assets()
    {
        var seen = new HashSet<NetworkAddress>();
        List<AssetView> views = [];
        foreach (var asset in _inventory.Assets())
        {
            seen.Add(asset.Address);
            views.Add(new AssetView(
                asset.Address.ToString(), [.. asset.LinkAddresses], asset.Kind, asset.IsWriter, [.. asset.Serves],
                [.. asset.Uses], [.. asset.Units.Select(unit => (int)unit)],
                [.. asset.Facts.Select(fact => new FactView(
                    fact.Unit >= 0 ? $"unit {fact.Unit} {fact.Fact.Name}" : fact.Fact.Name, fact.Fact.Value, fact.Fact.Provenance))],
                asset.FirstSeen, asset.LastSeen, source, zoneOf(asset.Address),
                baseline is null ? Standing.Unknown : baseline.KnownHost(asset.Address) ? Standing.Known : Standing.New));
        }

        // A device is one, by its IP address; the link addresses behind it are not missing.
        foreach (var gone in baseline?.Hosts.Select(host => host.Address)
            .Where(address => !seen.Contains(address) && address.Kind != AddressKind.Mac) ?? [])
            views.Add(new AssetView(
                gone.ToString(), [], AssetKind.Host, false, [], [], [], [], null, null, source, zoneOf(gone), Standing.Vanished));
        return views;
    }

    private List<ConversationView> Conversations()
    {
        var seen = new HashSet<ConversationKey>();
        List<ConversationView> views = [];
        foreach (var row in _inventory.Matrix.OrderByDescending(Bytes).Take(MostConversations))
        {
            var conversation = row.Conversation;
            var key = ConversationKey.Of(conversation);
            seen.Add(key);
            var visibility = conversation.Visibility;
            var whole = visibility.DecodedBytes + visibility.UndecodedBytes + visibility.OpaqueBytes + visibility.LostBytes;
            views.Add(new ConversationView(
                Words.Address(conversation.Client), Words.Address(conversation.Server), Words.Service(conversation),
                conversation.ProtocolName, Functions(row), Ranges(row, isWrite: false), Ranges(row, isWrite: true),
                row.Period?.Median.TotalSeconds, row.Latency.Count == 0 ? null : row.Latency.Quantile(0.5) / 1e9,
                row.Exchanges, row.Rejected, row.Unanswered, row.Writes,
                conversation.FromClient.Frames + conversation.FromServer.Frames, Bytes(row),
                whole == 0 ? null : (double)visibility.DecodedBytes / whole, conversation.FirstSeen, conversation.LastSeen,
                source, StandingOf(row, key)));
        }

        foreach (var gone in baseline?.Conversations.Where(fact => !seen.Contains(fact.Key)) ?? [])
            views.Add(new ConversationView(
                gone.Key.Client.ToString(), gone.Key.Server.ToString(), $"{gone.Key.Transport} {gone.Key.Service}", null, [],
                "", "", null, null, 0, 0, 0, 0, 0, 0, null, null, null, source, Standing.Vanished));
        return views;
    }

    private Standing StandingOf(MatrixRow row, ConversationKey key)
    {
        if (baseline is null) return Standing.Unknown;
        if (baseline.ConversationOf(key) is null) return Standing.New;
        foreach (var unit in row.Functions.Keys.Select(function => function.Unit).Distinct())
        {
            var learned = baseline.FunctionsOf(key.Client, key.Server, unit);
            // Where none was learned at all, functions are not what the protocol is judged by.
            if (learned.Count > 0 && row.Functions.Keys.Any(
                function => function.Unit == unit && !learned.Contains((function.Code, function.SubCode))))
                return Standing.Changed;
        }

        return Standing.Known;
    }

    private List<FunctionView> Functions(MatrixRow row) => row.Protocol == ProtocolRegistry.Network
        ? []
        :
        [
            .. row.Functions.Select(one => new FunctionView(
                one.Key.Unit, protocols[row.Protocol].OperationText(one.Key.Code, one.Key.SubCode), one.Value.Count,
                one.Value.Rejected, one.Value.Unanswered)),
        ];

    private static string Ranges(MatrixRow row, bool isWrite) => string.Join("; ", row.Ranges
        .Where(range => range.Key.IsWrite == isWrite)
        .GroupBy(range => range.Key.Space)
        .Select(group => group.Key == TargetSpace.Nodes
            ? $"{group.Sum(range => range.Value.Items.Count)} nodes"
            : $"{Words.Space(group.Key)} {string.Join(", ", group.Select(range => range.Value.ToString()).Distinct().Take(4))}"));

    private static long Bytes(MatrixRow row) => row.Conversation.FromClient.Bytes + row.Conversation.FromServer.Bytes;
}
