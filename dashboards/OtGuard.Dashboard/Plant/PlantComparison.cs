using OtGuard.Collectors;
using OtGuard.Models;

namespace OtGuard.Dashboard.Plant;

/// <summary>What was seen of the plant, held against a baseline: new, changed, vanished.</summary>
public static class PlantComparison
{
    /// <summary>
    /// Assets and conversations as a baseline has them. What vanished against another one before is left out first.
    /// </summary>
    /// <param name="picture">What was seen.</param>
    /// <param name="baseline">The baseline.</param>
    /// <param name="sources">The sources that are compared; others have nothing to be compared with.</param>
    /// <param name="zoneOf">The zone of an address, for what vanished.</param>
    public static PlantPicture Against(
        PlantPicture picture, Baseline baseline, IReadOnlyCollection<string> sources, Func<NetworkAddress,
            string?> zoneOf)
    {
        var source = sources.FirstOrDefault() ?? "";
        var assets = picture.Assets.Where(asset => asset.Standing != Standing.Vanished).ToList();
        var conversations = picture.Conversations.Where(one => one.Standing != Standing.Vanished).ToList();
        var seenAssets = assets.Where(asset => sources.Contains(asset.Source)).Select(asset => asset.Place).ToHashSet();
        var seenConversations = conversations.Where(one => sources.Contains(one.Source)).Select(
            one => one.Key).ToHashSet();
        return picture with
        {
            Assets =
            [
                .. assets.Select(asset => asset with
                {
                    Standing = !sources.Contains(asset.Source) ? Standing.Unknown
                        : baseline.KnownHost(asset.Place) ? Standing.Known : Standing.New,
                }),
                // A device is one, by its IP address; the link addresses behind it are not missing.
                .. baseline.Hosts.Select(host => host.Address)
                    .Where(address => !seenAssets.Contains(address) && address.Kind != AddressKind.Mac)
                    .Select(gone => new AssetView(
                        gone.ToString(), [], AssetKind.Host, false, [], [], [], [], null, null, source, zoneOf(gone),
                        Standing.Vanished)
                    { Place = gone }),
            ],
            Conversations =
            [
                .. conversations.Select(one => one with
                {
                    Standing = sources.Contains(one.Source) ? StandingOf(one, baseline) : Standing.Unknown,
                }),
                .. baseline.Conversations.Where(fact => !seenConversations.Contains(fact.Key)).Select(
                    gone => new ConversationView(
                    gone.Key.Client.ToString(), gone.Key.Server.ToString(),
                        $"{gone.Key.Transport} {gone.Key.Service}", null, [], "", "",
                    null, null, 0, 0, 0, 0, 0, 0, null, null, null, source, Standing.Vanished)
                { Key = gone.Key }),
            ],
        };
    }

    private static Standing StandingOf(ConversationView conversation, Baseline baseline)
    {
        var key = conversation.Key;
        if (baseline.ConversationOf(key) is null) return Standing.New;
        foreach (var unit in conversation.Functions.GroupBy(function => function.Unit))
        {
            var learned = baseline.FunctionsOf(key.Client, key.Server, (short)unit.Key);
            // Where none was learned at all, functions are not what the protocol is judged by.
            if (learned.Count > 0 && unit.Any(function => !learned.Contains((function.Code, function.SubCode))))
                return Standing.Changed;
        }

        return Standing.Known;
    }
}
