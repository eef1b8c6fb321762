using System.Globalization;
using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;

namespace OtGuard.Evaluation;

internal static class RoadProbe
{
    public static void Run(string folder, TextWriter output)
    {
        foreach (var path in Directory.GetFiles(folder, "*.gz").Order())
        {
            var labels = new FrameLabels(new LabelOptions());
            using (var scan = new JudgingRun([path], null, FrameSelection.All, null, null) { })
            {
                scan.Run.Labels = labels;
                scan.ReadToEnd(CancellationToken.None);
            }

            long first = 1;
            while (!labels.IsAttack(first)) first++;
            var split = (long)(0.8 * first);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            var baseline = LearnCommand.Learn([path], new FrameSelection(1, split), new LearningOptions(), TextWriter.Null, CancellationToken.None);
            var learned = clock.Elapsed;
            var verdicts = new VerdictLog(new FrameSelection(split + 1, long.MaxValue));
            using var run = new JudgingRun([path], baseline, new FrameSelection(split + 1, long.MaxValue), verdicts, null);
            var scores = new FrameScores(baseline.Models);
            run.Engine.Ranked = (observation, _) => scores.Take(in observation, run.Engine.Models!);
            run.ReadToEnd(CancellationToken.None);
            var last = run.Run.Frames;
            scores.Dump("/tmp/ot/s/" + Path.GetFileName(path) + ".scores", split + 1, last, labels.IsAttack);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{Path.GetFileName(path),-60} combined {scores.Combined(split + 1, last, labels.IsAttack):F3} learned in {learned.TotalSeconds:F0} s, alarms {run.Deviations.Count(d => !d.IsInformation)}"));
            foreach (var (scale, auc) in scores.ByScale(split + 1, last, labels.IsAttack)) output.Write($"  {scale} {auc:F3}");
            output.WriteLine();
            foreach (var group in run.Deviations.Where(d => !d.IsInformation).GroupBy(d => d.Kind.Name)) output.Write($"  {group.Key} x{group.Count()}");
            output.WriteLine();
        }
    }
}
