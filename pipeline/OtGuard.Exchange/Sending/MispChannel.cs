using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Exchange.Sending;

/// <summary>Adds an event to a MISP server by its REST interface, or brings the one that is there up to date.</summary>
internal sealed class MispChannel(ChannelOptions options, ExchangeFolder folder) : IChannel
{
    private const string MediaType = "application/json";

    public async Task<SendResult> SendAsync(Release release, IReadOnlyList<PackFile> files, CancellationToken cancellation)
    {
        var content = JsonNode.Parse(files.Single(file => file.Name == "case.misp.json").Bytes)!;
        var uuid = content["Event"]!["uuid"]!.GetValue<string>();
        using var http = Open(options, folder);
        var (status, there, failure) = await http.AskAsync(
            HttpMethod.Get, new Uri(Root(options), $"events/view/{uuid}"), MediaType, null, cancellation);
        if (status is not (HttpStatusCode.NotFound or HttpStatusCode.OK)) return failure ?? SendResult.Retry("No answer.");
        var isThere = status == HttpStatusCode.OK && there.Member("Event") is not null;
        if (isThere && Seconds(there!) >= Seconds(content))
            return SendResult.AlreadyThere("The server has this version of the event, or a later one.", uuid);
        var (_, answer, refused) = await http.AskAsync(
            HttpMethod.Post, new Uri(Root(options), isThere ? $"events/edit/{uuid}" : "events/add"), MediaType, content, cancellation);
        if (refused is not null) return refused;
        // MISP says yes with the event, and no with errors under the same status.
        return answer.Member("Event").TextOf("uuid") == uuid
            ? SendResult.Accepted(answer.Member("Event").Member("id")?.ToString() ?? uuid)
            : SendResult.Refused($"The server did not answer with the event: {answer?.ToJsonString() ?? "nothing"}");
    }

    internal static HttpExchange Open(ChannelOptions options, ExchangeFolder folder) => new(
        options.ServerCertificate is { } certificate ? folder.Resolve(certificate) : null,
        headers => headers.TryAddWithoutValidation("Authorization", HttpExchange.Secret(folder.Resolve(options.SecretFile!))));

    internal static Uri Root(ChannelOptions options) =>
        options.Url!.AbsoluteUri.EndsWith('/') ? options.Url : new Uri(options.Url.AbsoluteUri + "/");

    private static long Seconds(JsonNode one) =>
        long.TryParse(one.Member("Event").Member("timestamp")?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : 0;
}
