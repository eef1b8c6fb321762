using OtGuard.Host.Commands;
using OtGuard.Host.Runs;
using OtGuard.Models;
using OtGuard.Simulators;

namespace OtGuard.Evaluation;

internal static class TryProbe
{
    public static void Run(string[] names, TextWriter output)
    {
        foreach (var group in names.Select(n => TrialSite.Events.FirstOrDefault(e => e.Name == n)).GroupBy(e => e is null ? TrialSite.All[0] : TrialSite.Of(e)))
        {
            var site = group.Key;
            var file = $"/tmp/ot/s/dev-{site.Scene.Site}{site.Scene.Extension}";
            var path = $"/tmp/ot/s/dev-{site.Scene.Site}.baseline";
            Baseline baseline;
            if (!File.Exists(path) || Environment.GetEnvironmentVariable("RELEARN") == "1")
            {
                site.Scene.WriteNormal(file, 77001);
                var clock = System.Diagnostics.Stopwatch.StartNew();
                baseline = LearnCommand.Learn([file], FrameSelection.All, new LearningOptions(), TextWriter.Null, CancellationToken.None);
                output.WriteLine($"learned in {clock.Elapsed.TotalSeconds:F0} s");
                using var stream = File.Create(path);
                baseline.Save(stream);
            }
            else
            {
                using var stream = File.OpenRead(path);
                baseline = Baseline.Load(stream);
            }

            foreach (var planted in group)
            foreach (var intensity in planted is { IsAttack: true } ? (Intensity[])[Intensity.Low, Intensity.Medium, Intensity.High] : [Intensity.Medium])
            {
                var trial = $"/tmp/ot/s/trial{site.Scene.Extension}";
                var capture = site.Scene.WritePlanted(trial, 88000 + (int)intensity * 7 + (planted?.Name.Length ?? 0), site.Length, planted is null ? [] : [new Planting(planted, site.Scene.Site == "substation" ? TimeSpan.FromMinutes(2) : null, Strength.Of(intensity))]);
                using var run = new JudgingRun([trial], baseline, FrameSelection.All, null, null);
                run.ReadToEnd(CancellationToken.None);
                var score = PlantedScore.Of(capture, run.Deviations);
                output.WriteLine($"== {planted?.Name} {intensity}: {(planted is null ? "" : score.Attacks.Concat(score.LookAlikes).Single().IsFound)} false {score.FalseAlarms.Count}");
                foreach (var d in run.Deviations.Where(d => !d.IsInformation || d.Kind.Name.Contains("operating")))
                    output.WriteLine($"   {(score.FalseAlarms.Contains(d) ? "FALSE" : "     ")} {d.FirstSeen.ToString()[11..19]} {d.Kind.Name} {d.Finding.Severity}: {Messages.Format(d.Finding.Message)} [{d.Occurrences}]");
            }
        }
    }
}
