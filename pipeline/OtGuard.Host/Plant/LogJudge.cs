using OtGuard.Alerting;
using OtGuard.Collectors.Can.Dbc;
using OtGuard.Collectors.Capture.Files;
using OtGuard.Dashboard.Plant;
using OtGuard.Host.Output;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Host.Plant;

/// <summary>Judges logs that are dropped on the page, one at a time: as <c>detect</c> does.</summary>
internal sealed class LogJudge(IBaselineShelf shelf, DbcDatabase? database) : ILogJudge, IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);

    public long MaximumBytes => 512L << 20;

    public async Task<LogVerdict> JudgeAsync(string path, string name, string? baseline, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() => Judge(path, name, baseline, cancellation), cancellation);
        }
        catch (UnreadableCaptureException fault)
        {
            throw new IOException(fault.Message.Replace(Path.GetFileName(path), name, StringComparison.Ordinal), fault);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private LogVerdict Judge(string path, string name, string? baseline, CancellationToken cancellation)
    {
        var judgedBy = baseline is null ? null : shelf.Load(baseline);
        using var run = new JudgingRun(
            [path], judgedBy, FrameSelection.All, verdicts: null, progress: null, database);
        var observer = new PlantObserver(run.Protocols, judgedBy, name, _ => null);
        run.Add(observer);
        run.ReadToEnd(cancellation);
        return new LogVerdict(
            name, baseline, run.Run.Frames,
            [
                .. run.Deviations
                    .Select(found => DeviationRecord.Of(found, run.Protocols.Name(found.Protocol), new DeviationOrigin()))
                    .OrderByDescending(record => record.Severity).ThenBy(record => record.FirstSeen),
            ],
            observer.Picture(),
            [.. run.Run.Source.Notices.Select(Notices.Text)]);
    }
}
