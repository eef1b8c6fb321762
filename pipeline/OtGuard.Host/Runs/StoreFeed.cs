using System.Globalization;
using OtGuard.Alerting;
using OtGuard.Host.Commands;

namespace OtGuard.Host.Runs;

/// <summary>Puts the deviations of a run into a store.</summary>
internal static class StoreFeed
{
    /// <summary>
    /// Deviations of one transaction: its flush to the disk is shared, and little is repeated after a crash.
    /// </summary>
    private const int AtOnce = 500;

    /// <summary>Takes all deviations in, and says on standard error what became of them.</summary>
    public static void Take(JudgingRun run, FileInfo file, TextWriter error)
    {
        var origin = new DeviationOrigin();
        var result = StoreOptions.Make(file, async store =>
        {
            var pipeline = new AlertPipeline(store, new AlertingOptions(), TimeProvider.System);
            var sum = new IntakeResult();
            // By the time each began, as the wire would have told them.
            foreach (var batch in run.Deviations.OrderBy(deviation => deviation.FirstSeen).Chunk(AtOnce))
            {
                DeviationRecord[] records = [.. batch.Select(d =>
                    DeviationRecord.Of(d, run.Protocols.Name(d.Protocol), origin))];
                sum = sum.Add(await pipeline.TakeAsync(records, CancellationToken.None));
            }

            return sum;
        });
        error.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{file.Name}: {result.Stored:N0} deviations stored, {result.Updated:N0} grown, {result.Known:N0} known; "
            + $"{result.Raised:N0} alerts raised."));
    }
}
