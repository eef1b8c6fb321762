using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using OtGuard.Alerting;
using OtGuard.Dashboard.Access;

namespace OtGuard.Dashboard.Tests.Access;

/// <summary>
/// Every endpoint has a rule, and the rule holds: generated from the list of what the service answers.
/// </summary>
[TestClass]
public sealed class EndpointRuleTests
{
    /// <summary>What is open to everybody: coming in, and what a browser loads.</summary>
    private static readonly string[] Open =
    [
        "/_framework/blazor.web.js", "/assets/{version}/{name}", "/favicon.ico", "/login", "/session/login", "/session/setup",
        "/setup",
    ];

    private static readonly string[] NearRule = ["/healthz", "/metrics"];

    private static Stage? _stage;

    public required TestContext TestContext { get; init; }

    private CancellationToken Stop => TestContext.CancellationToken;

    [ClassInitialize]
    public static async Task StartAsync(TestContext context)
    {
        _stage = await Stage.OpenAsync();
        await _stage.MakeAccountsAsync(context.CancellationToken);
    }

    [ClassCleanup]
    public static async Task EndAsync()
    {
        if (_stage is not null) await _stage.DisposeAsync();
    }

    [TestMethod]
    public void Every_endpoint_names_a_permission_or_is_listed_as_open()
    {
        List<string> without = [];
        List<string> open = [];
        foreach (var endpoint in Endpoints())
        {
            if (endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            {
                open.Add(Path(endpoint));
                continue;
            }

            var rules = Rules(endpoint);
            if (rules.Count == 0 || !rules.All(rule => Permissions.All.Contains(rule) || NearRule.Contains(Path(endpoint))))
                without.Add($"{Method(endpoint)} {Path(endpoint)}");
        }

        Assert.IsEmpty(without, string.Join('\n', without));
        CollectionAssert.AreEqual(Open, open.Distinct().Order(StringComparer.Ordinal).ToArray());
    }

    [TestMethod]
    public async Task Nobody_is_let_in_without_having_logged_in()
    {
        using var http = _stage!.Stranger();
        foreach (var endpoint in Guarded())
        {
            using var answer = await SendAsync(http, endpoint);
            var isRefused = answer.StatusCode == HttpStatusCode.Unauthorized
                || answer.Headers.Location?.OriginalString.Contains("/login", StringComparison.Ordinal) == true;
            Assert.IsTrue(isRefused, $"{Method(endpoint)} {Path(endpoint)}: {answer.StatusCode}");
        }
    }

    [TestMethod]
    [DataRow(AccountRole.Viewer)]
    [DataRow(AccountRole.Operator)]
    [DataRow(AccountRole.Engineer)]
    [DataRow(AccountRole.Liaison)]
    [DataRow(AccountRole.Administrator)]
    public async Task Each_role_reaches_what_its_permissions_say_and_nothing_else(AccountRole role)
    {
        using var http = await _stage!.ClientAsync(role.ToString().ToLowerInvariant(), Stop);
        var (reached, refused) = (0, 0);
        foreach (var endpoint in Guarded())
        {
            var isPermitted = Rules(endpoint).All(Permissions.Of(role).Contains);
            using var answer = await SendAsync(http, endpoint);
            var isRefused = answer.StatusCode == HttpStatusCode.Forbidden
                || answer.Headers.Location?.OriginalString.Contains("/refused", StringComparison.Ordinal) == true;
            var isUnknown = answer.StatusCode == HttpStatusCode.Unauthorized
                || answer.Headers.Location?.OriginalString.Contains("/login", StringComparison.Ordinal) == true;
            Assert.IsFalse(isUnknown, $"{Method(endpoint)} {Path(endpoint)}: {answer.StatusCode}");
            Assert.AreEqual(!isPermitted, isRefused, $"{role}: {Method(endpoint)} {Path(endpoint)}: {answer.StatusCode}");
            if (isPermitted) reached++;
            else refused++;
        }

        Assert.IsGreaterThan(20, reached);
        Assert.IsGreaterThan(0, refused);
    }

    private static IEnumerable<RouteEndpoint> Endpoints() =>
        _stage!.Web.Endpoints.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    // What ends a session is not called: the ones after it would be refused for that. Health asks by address.
    private static List<RouteEndpoint> Guarded() =>
    [
        .. Endpoints().Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null
            && Path(endpoint) != "/session/logout" && !NearRule.Contains(Path(endpoint))),
    ];

    private static List<string> Rules(RouteEndpoint endpoint) =>
        [.. endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>().Select(rule => rule.Policy ?? "").Distinct()];

    private static string Path(RouteEndpoint endpoint) => "/" + (endpoint.RoutePattern.RawText ?? "").Trim('/');

    private static string Method(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is [var first, ..] ? first : "GET";

    private async Task<HttpResponseMessage> SendAsync(HttpClient http, RouteEndpoint endpoint)
    {
        var path = string.Join('/', Path(endpoint).Split('/').Select(part => part.StartsWith('{') ? "nobody-has-this" : part));
        // Twice where the service asks to wait: this test asks more than a person would.
        while (true)
        {
            using var request = new HttpRequestMessage(new HttpMethod(Method(endpoint)), path);
            if (request.Method != HttpMethod.Get)
                request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests) return answer;
            answer.Dispose();
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, Stop);
        }
    }
}
