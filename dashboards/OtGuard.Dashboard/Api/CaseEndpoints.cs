using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using OtGuard.Dashboard.Access;
using OtGuard.Dashboard.Cases;
using OtGuard.Exchange.Sharing;

namespace OtGuard.Dashboard.Api;

/// <summary>The part of the web API by which incidents are brought to partners.</summary>
internal static class CaseEndpoints
{
    private const string DefaultRegime = "nis2-bsig";

    public static void Map(RouteGroupBuilder api)
    {
        var cases = api.MapGroup("cases").WithTags("cases");
        cases.MapGet("", async (ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
                (await bench.ListAsync(user, cancellation)).Select(CaseAnswer.Of).ToList())
            .WithSummary("Cases with their stages and deadlines, the latest first.")
            .RequireAuthorization(Permissions.Cases);
        cases.MapGet("regimes", (ClaimsPrincipal user, CaseBench bench) => bench.Regimes(user))
            .WithSummary("Reporting regimes: stages, deadlines, source, and when that was read.")
            .RequireAuthorization(Permissions.Cases);
        cases.MapGet("partners", (ClaimsPrincipal user, CaseBench bench) =>
            bench.Partners(user).Select(PartnerAnswer.Of).ToList())
            .WithSummary("To whom cases go.").RequireAuthorization(Permissions.Cases);
        cases.MapPost("", async (
                NewCaseBody body, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
            {
                var opened = await bench.OpenAsync(
                    user, body.Incident ?? "", body.Regime ?? DefaultRegime, body.Why, cancellation);
                return TypedResults.Created($"/api/v1/cases/{opened.Case.Number}", CaseAnswer.Of(opened));
            })
            .WithSummary("Makes a case from an incident, prefilled with what was observed.")
            .RequireAuthorization(Permissions.Escalate);
        cases.MapGet("{case}",
            async (string @case, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
                CaseFileAnswer.Of(await bench.FindAsync(user, @case, cancellation)))
            .WithSummary("A case with its worksheet, observations, versions and releases.")
            .RequireAuthorization(Permissions.Cases);
        cases.MapPost("{case}/fields", async (
                string @case, FieldsBody body, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
                CaseAnswer.Of(await bench.SetAsync(
                    user, @case, body.Values ?? new Dictionary<string, string>(), body.Confidence, body.Why,
                    cancellation)))
            .WithSummary("Writes fields of the worksheet: a new version of the case.")
            .WithDescription(
                "An empty value takes an entry out. What was observed can be corrected; it then counts as reported.")
            .RequireAuthorization(Permissions.Escalate);
        cases.MapPost("{case}/refresh", async (
                string @case, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
                CaseAnswer.Of(await bench.RefreshAsync(user, @case, cancellation)))
            .WithSummary("Takes in what became of the incident since: a new version where there is something.")
            .RequireAuthorization(Permissions.Escalate);
        MapLeaving(cases);
    }

    private static void MapLeaving(RouteGroupBuilder cases)
    {
        cases.MapGet("{case}/preview", async (
                string @case, [FromQuery] string? partner, [FromQuery] string? tlp, [FromQuery] string? stage,
                ClaimsPrincipal user,
                CaseBench bench, CancellationToken cancellation) =>
                PreviewAnswer.Of(await bench.PreviewAsync(user, Request(@case, partner, tlp, stage), cancellation)))
            .WithSummary("Exactly what would leave, every replaced value, and why it may not leave.")
            .WithDescription("tlp: clear, green, amber, amber+strict or red; default amber.")
            .RequireAuthorization(Permissions.Cases);
        cases.MapGet("{case}/preview/{file}", async Task<Results<Ok<List<PieceAnswer>>, ProblemHttpResult>> (
                string @case, string file, [FromQuery] string? partner, [FromQuery] string? tlp,
                [FromQuery] string? stage,
                ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
            {
                var preview = await bench.PreviewAsync(user, Request(@case, partner, tlp, stage), cancellation);
                return preview.Files.FirstOrDefault(one => one.Name == file) is not { } found
                    ? TypedResults.Problem($"There is no file '{file}' in it.",
                        statusCode: StatusCodes.Status404NotFound)
                    : TypedResults.Ok(MarkedText.Of(found, preview.Disclosure.Replacements)
                        .Select(piece => new PieceAnswer(
                        piece.Text, piece.Replaced is { } one ? ReplacementAnswer.Of(one) : null)).ToList());
            })
            .WithSummary("A file of it as a person reads it, in pieces, with every replaced value told apart.")
            .RequireAuthorization(Permissions.Cases);
        cases.MapPost("{case}/releases", async Task<Results<Created<ReleaseAnswer>, Accepted<AgreementAnswer>>> (
                string @case, ReleaseBody body, ClaimsPrincipal user, CaseBench bench,
                CancellationToken cancellation) =>
            {
                var outcome = await bench.ReleaseAsync(
                    user, Request(@case, body.Partner, body.Tlp, body.Stage), body.Digest ?? "", body.Why,
                    cancellation);
                return outcome.Release is { } release
                    ? TypedResults.Created($"/api/v1/cases/{@case}", ReleaseAnswer.Of(new SentRelease(release, [])))
                    : TypedResults.Accepted((string?)null, new AgreementAnswer(outcome.Agreed, outcome.Needed));
            })
            .WithSummary("Lets leave what a preview showed, named by its digest.")
            .WithDescription(
                "201: it is signed and may be handed over. "
                + "202: noted, and the partner wants somebody else to agree to the same digest.")
            .RequireAuthorization(Permissions.Release);
        cases.MapGet("{case}/releases/{release}/pack", async (
                string @case, string release, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
            {
                var (name, archive) = await bench.PackAsync(user, @case, release, cancellation);
                return TypedResults.File(archive, "application/zip", name);
            })
            .WithSummary("A released pack with its signature, as ZIP.").RequireAuthorization(Permissions.Release);
        cases.MapPost("{case}/releases/{release}/deliveries", async (
                string @case, string release, ClaimsPrincipal user, CaseBench bench, CancellationToken cancellation) =>
                DeliveryAnswer.Of(await bench.SendAsync(user, @case, release, cancellation)))
            .WithSummary("Hands a release over by the partner's channel, once; again only where that failed.")
            .RequireAuthorization(Permissions.Release);
    }

    private static ReleaseRequest Request(string @case, string? partner, string? tlp, string? stage) => new(
        @case, partner ?? "local", TlpText.Parse(tlp ?? TlpText.Word(Tlp.Amber)),
        string.IsNullOrEmpty(stage) ? null : stage);
}
