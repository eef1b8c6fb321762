using System.Text.Json.Nodes;
using OtGuard.Exchange.Sending;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Intelligence;

/// <summary>Fetches indicators from a partner's server, when a person asks for it.</summary>
public static class IndicatorFetch
{
    /// <summary>Pages or events fetched at once; the rest comes the next time.</summary>
    private const int MostPages = 1000;

    /// <summary>Reads a partner's TAXII collection, from where it was read last, or MISP feed, into a source of its name.</summary>
    /// <exception cref="ExchangeException">The partner has no such channel, or its server does not answer as it should.</exception>
    public static async Task<IndicatorSource> FetchAsync(
        Partner partner, ExchangeFolder folder, IndicatorFolder indicators, TimeProvider clock, CancellationToken cancellation)
    {
        var before = indicators.Find(partner.Id);
        return partner.Channel.Kind switch
        {
            ChannelKind.Taxii => await TaxiiAsync(partner, folder, indicators, before?.AddedAfter, clock, cancellation),
            ChannelKind.Misp => await MispAsync(partner, folder, indicators, clock, cancellation),
            ChannelKind.Folder or ChannelKind.Mail => throw new ExchangeException(
                $"{partner.Id} has neither a TAXII nor a MISP channel; read its files with 'otguard intel read'."),
        };
    }

    private static async Task<IndicatorSource> TaxiiAsync(
        Partner partner, ExchangeFolder folder, IndicatorFolder indicators, string? addedAfter, TimeProvider clock,
        CancellationToken cancellation)
    {
        using var http = TaxiiChannel.Open(partner.Channel, folder);
        var objects = new Uri(
            TaxiiChannel.Root(partner.Channel), $"collections/{Uri.EscapeDataString(partner.Channel.Collection!)}/objects/");
        // What is added while it is read has to come the next time.
        var started = Stix.StixBundle.Time(clock.GetUtcNow());
        var all = new JsonArray();
        string? next = null;
        for (var page = 0; page < MostPages; page++)
        {
            var query = "?match[type]=indicator" + (addedAfter is null ? "" : $"&added_after={Uri.EscapeDataString(addedAfter)}")
                + (next is null ? "" : $"&next={Uri.EscapeDataString(next)}");
            var (_, body, failure) = await http.AskAsync(
                HttpMethod.Get, new Uri(objects, query), TaxiiChannel.MediaType, null, cancellation);
            if (failure is not null) throw new ExchangeException($"{partner.Id}: {failure.Reason}");
            foreach (var one in body.ListOf("objects")) all.Add(one?.DeepClone());
            next = body.FlagOf("more") == true ? body.TextOf("next") : null;
            if (next is null) break;
        }

        // Where pages are left over, the next time begins where this one did.
        return indicators.Take(
            partner.Id, objects.AbsoluteUri, IndicatorReader.Read(all, clock.GetUtcNow()), replace: false,
            next is null ? started : addedAfter);
    }

    private static async Task<IndicatorSource> MispAsync(
        Partner partner, ExchangeFolder folder, IndicatorFolder indicators, TimeProvider clock, CancellationToken cancellation)
    {
        using var http = MispChannel.Open(partner.Channel, folder);
        var root = MispChannel.Root(partner.Channel);
        var (_, manifest, failure) = await http.AskAsync(
            HttpMethod.Get, new Uri(root, "manifest.json"), "application/json", null, cancellation);
        if (failure is not null) throw new ExchangeException($"{partner.Id}: {failure.Reason}");
        var events = new List<JsonObject>();
        foreach (var uuid in (manifest as JsonObject ?? []).Select(pair => pair.Key).Where(key => Guid.TryParse(key, out _)).Take(MostPages))
        {
            var (_, body, missing) = await http.AskAsync(
                HttpMethod.Get, new Uri(root, uuid + ".json"), "application/json", null, cancellation);
            if (missing is { Outcome: SendOutcome.Retry }) throw new ExchangeException($"{partner.Id}: {missing.Reason}");
            if (body.Member("Event") is JsonObject one) events.Add(one);
        }

        return indicators.Take(
            partner.Id, new Uri(root, "manifest.json").AbsoluteUri, IndicatorReader.Read(events, clock.GetUtcNow()), replace: true);
    }
}
