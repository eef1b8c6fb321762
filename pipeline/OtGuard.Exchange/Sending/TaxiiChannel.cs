using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>Pushes a bundle's objects to a collection of TAXII 2.1, and waits for what becomes of each.</summary>
/// <remarks>
/// TAXII 2.1 §5.4 (add objects), §4.3 (status), §5.3 (manifest). The body is an envelope, not a bundle. Where the API
/// root bounds a message, objects go in several, what is referred to before what refers to it.
/// </remarks>
internal sealed class TaxiiChannel(ChannelOptions options, ExchangeFolder folder, TimeProvider clock) : IChannel
{
    public const string MediaType = "application/taxii+json;version=2.1";

    private const int MostPolls = 30;
    private const int Overhead = 64;

    /// <summary>Identifiers asked for at once: an address of some 2,000 characters.</summary>
    private const int MostIds = 30;

    private static readonly TimeSpan BetweenPolls = TimeSpan.FromSeconds(2);

    public async Task<SendResult> SendAsync(Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation)
    {
        var objects = JsonNode.Parse(files.Single(file => file.Name == "case.stix.json").Bytes)!["objects"]!.AsArray();
        using var http = Open(options, folder);
        var collection = new Uri(Root(options), $"collections/{Uri.EscapeDataString(options.Collection!)}/");
        var (_, about, failure) = await http.AskAsync(HttpMethod.Get, Root(options), MediaType, null, cancellation);
        if (failure is not null) return failure;
        var (_, state, noCollection) = await http.AskAsync(HttpMethod.Get, collection, MediaType, null, cancellation);
        if (noCollection is not null) return noCollection;
        if (state.FlagOf("can_write") == false)
            return SendResult.Refused($"The collection {options.Collection} takes nothing from this account.");
        var (missing, unknown) = await MissingAsync(http, collection, objects, cancellation);
        if (unknown is not null) return unknown;
        if (missing.Count == 0)
            return SendResult.AlreadyThere("The collection has every object in this version.", collection.AbsoluteUri);
        var references = new List<string>();
        foreach (var envelope in Envelopes(missing, about.NumberOf("max_content_length") ?? long.MaxValue))
        {
            if (envelope is null) return SendResult.Refused("One object alone is longer than the server takes.");
            var (_, status, refused) = await http.AskAsync(
                HttpMethod.Post, new Uri(collection, "objects/"), MediaType, envelope, cancellation);
            if (refused is not null) return refused;
            if (await FollowAsync(http, status, cancellation) is { } unfinished) return unfinished;
            if (status.TextOf("id") is { } id) references.Add(id);
        }

        return SendResult.Accepted(string.Join(' ', references));
    }

    internal static HttpExchange Open(ChannelOptions options, ExchangeFolder folder) => new(
        options.ServerCertificate is { } certificate ? folder.Resolve(certificate) : null,
        headers =>
        {
            if (options.User is not { } user) return;
            var secret = options.SecretFile is { } file ? HttpExchange.Secret(folder.Resolve(file)) : "";
            headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")));
        });

    /// <summary>The API root, with the slash that what is below it hangs on.</summary>
    internal static Uri Root(ChannelOptions options) =>
        options.Url!.AbsoluteUri.EndsWith('/') ? options.Url : new Uri(options.Url.AbsoluteUri + "/");

    /// <summary>
    /// The objects that the collection does not have in this version: what was pushed before a crash, or beside a refused
    /// one, is not pushed again.
    /// </summary>
    private static async Task<(JsonArray Missing, SendResult? Failure)> MissingAsync(
        HttpExchange http, Uri collection, JsonArray objects, CancellationToken cancellation)
    {
        var missing = new JsonArray();
        foreach (var some in objects.Chunk(MostIds))
        {
            var ids = string.Join(',', some.Select(one => one!["id"]!.GetValue<string>()));
            var (status, manifest, failure) = await http.AskAsync(
                HttpMethod.Get, new Uri(collection, $"manifest/?match[id]={Uri.EscapeDataString(ids)}&match[version]=all"), MediaType,
                null, cancellation);
            // A collection that may be written and not read does not tell; a server takes an object twice as once.
            if (failure is not null && status is not (HttpStatusCode.Forbidden or HttpStatusCode.NotFound)) return ([], failure);
            var there = manifest.ListOf("objects")
                .Select(one => (Id: one.TextOf("id"), Version: one.TextOf("version"))).ToHashSet();
            foreach (var one in some)
            {
                var id = one!["id"]!.GetValue<string>();
                // Cyber-observables have no version of their own.
                if (one["modified"]?.GetValue<string>() is { } version
                    ? !there.Contains((id, version))
                    : there.All(known => known.Id != id)) missing.Add(one.DeepClone());
            }
        }

        return (missing, null);
    }

    private async Task<SendResult?> FollowAsync(HttpExchange http, JsonNode? status, CancellationToken cancellation)
    {
        for (var poll = 0; ; poll++)
        {
            if (status is null) return SendResult.Retry("The server took the objects and did not say what became of them.");
            if (status.TextOf("status") == "complete") break;
            if (poll == MostPolls) return SendResult.Retry("The server is still at the objects; ask again later.");
            if (status.TextOf("id") is not { } id) return SendResult.Retry("The server's status has no id.");
            await Task.Delay(BetweenPolls, clock, cancellation);
            var (_, next, failure) = await http.AskAsync(
                HttpMethod.Get, new Uri(Root(options), $"status/{Uri.EscapeDataString(id)}/"), MediaType, null, cancellation);
            if (failure is not null) return failure;
            status = next;
        }

        if (status.NumberOf("failure_count") is not > 0) return null;
        var failures = string.Join("; ", status.ListOf("failures").Take(10).Select(one => $"{one.TextOf("id")}: {one.TextOf("message")}"));
        return SendResult.Refused($"The server refused {status.NumberOf("failure_count")} objects: {failures}");
    }

    private static IEnumerable<JsonObject?> Envelopes(JsonArray objects, long most)
    {
        var batch = new JsonArray();
        var length = 0L;
        foreach (var one in objects)
        {
            var bytes = Encoding.UTF8.GetByteCount(one!.ToJsonString()) + 1;
            if (bytes + Overhead > most)
            {
                yield return null;
                yield break;
            }

            if (batch.Count > 0 && length + bytes + Overhead > most)
            {
                yield return new JsonObject { ["objects"] = batch };
                batch = [];
                length = 0;
            }

            batch.Add(one.DeepClone());
            length += bytes;
        }

        if (batch.Count > 0) yield return new JsonObject { ["objects"] = batch };
    }
}
