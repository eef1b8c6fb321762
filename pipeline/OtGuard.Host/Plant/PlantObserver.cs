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

    /// <summary>What was seen until now, held against the baseline where there is one.</summary>
    public PlantPicture Picture()
    {
        var seen = new PlantPicture(
            Assets(), Conversations(), _bench.Messages(baseline), _bench.Buses(), [.. _acts.Writes], _acts.WritesForgotten,
            [.. _acts.Diagnostics]);
        return baseline is null ? seen : PlantComparison.Against(seen, baseline, [source], zoneOf);
    }

    private List<AssetView> Assets() =>
    [
        .. _inventory.Assets().Select(asset => new AssetView(
            asset.Address.ToString(), [.. asset.LinkAddresses], asset.Kind, asset.IsWriter, [.. asset.Serves],
            [.. asset.Uses], [.. asset.Units.Select(unit => (int)unit)],
            [.. asset.Facts.Select(fact => new FactView(
                fact.Unit >= 0 ? $"unit {fact.Unit} {fact.Fact.Name}" : fact.Fact.Name, fact.Fact.Value, fact.Fact.Provenance))],
            asset.FirstSeen, asset.LastSeen, source, zoneOf(asset.Address), Standing.Unknown)
        { Place = asset.Address }),
    ];

    private List<ConversationView> Conversations() =>
        [.. _inventory.Matrix.OrderByDescending(Bytes).Take(MostConversations).Select(Of)];

    private ConversationView Of(MatrixRow row)
    {
        var conversation = row.Conversation;
        var visibility = conversation.Visibility;
        var whole = visibility.DecodedBytes + visibility.UndecodedBytes + visibility.OpaqueBytes + visibility.LostBytes;
        return new ConversationView(
            Words.Address(conversation.Client), Words.Address(conversation.Server), Words.Service(conversation),
            conversation.ProtocolName, Functions(row), Ranges(row, isWrite: false), Ranges(row, isWrite: true),
            row.Period?.Median.TotalSeconds, row.Latency.Count == 0 ? null : row.Latency.Quantile(0.5) / 1e9,
            row.Exchanges, row.Rejected, row.Unanswered, row.Writes,
            conversation.FromClient.Frames + conversation.FromServer.Frames, Bytes(row),
            whole == 0 ? null : (double)visibility.DecodedBytes / whole, conversation.FirstSeen, conversation.LastSeen,
            source, Standing.Unknown)
        { Key = ConversationKey.Of(conversation) };
    }

    private List<FunctionView> Functions(MatrixRow row) => row.Protocol == ProtocolRegistry.Network
        ? []
        :
        [
            .. row.Functions.Select(one => new FunctionView(
                one.Key.Unit, protocols[row.Protocol].OperationText(one.Key.Code, one.Key.SubCode), one.Value.Count,
                one.Value.Rejected, one.Value.Unanswered)
            { Code = one.Key.Code, SubCode = one.Key.SubCode }),
        ];

    private static string Ranges(MatrixRow row, bool isWrite) => string.Join("; ", row.Ranges
        .Where(range => range.Key.IsWrite == isWrite)
        .GroupBy(range => range.Key.Space)
        .Select(group => group.Key == TargetSpace.Nodes
            ? $"{group.Sum(range => range.Value.Items.Count)} nodes"
            : $"{Words.Space(group.Key)} {string.Join(", ", group.Select(range => range.Value.ToString()).Distinct().Take(4))}"));

    private static long Bytes(MatrixRow row) => row.Conversation.FromClient.Bytes + row.Conversation.FromServer.Bytes;
}
