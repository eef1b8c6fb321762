using System.Globalization;
using System.Security;
using OtGuard.Models;
using OtGuard.Simulators;
using OtGuard.Simulators.Attacks;

namespace OtGuard.Evaluation;

/// <summary>How often an attack is found at each of several strengths.</summary>
/// <param name="Event">The attack.</param>
/// <param name="Points">The value of its first parameter and the share of trials in which it was found and named.</param>
internal sealed record DetectionCurve(IPlantedEvent Event, IReadOnlyList<(double Value, double Share)> Points)
{
    /// <summary>What is varied.</summary>
    public AttackParameter Parameter => Event.Parameters[0];
}

/// <summary>Curves of detection against intensity, for every attack that statistical kinds alone can name.</summary>
internal static class DetectionCurves
{
    /// <summary>Trials at each strength, each with a seed of its own.</summary>
    public const int Trials = 3;

    private const int FirstSeed = 9_700_001;

    /// <summary>
    /// Where on the scale of intensities is tried: 0 is low, 1 medium, 2 high, and what lies between and below is put on
    /// at equal ratios.
    /// </summary>
    private static readonly double[] Places = [-1, -0.5, 0, 0.5, 1, 1.5, 2];

    /// <summary>Tries them all, two at a time.</summary>
    public static IReadOnlyList<DetectionCurve> All(TextWriter progress)
    {
        var attacks = TrialSite.Events.Where(IsStatistical).ToList();
        var sites = TrialSite.All(TrialSeeds.Tables);
        var done = 0;
        return attacks.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount).Select((attack, index) =>
        {
            var site = sites.First(site => site.Scene.Fits(attack));
            var points = Places.Select(place => ValueAt(attack.Parameters[0], place)).Distinct().Select((value, step) =>
            {
                var found = Enumerable.Range(0, Trials).Count(trial => site.Try(
                    attack, Strength.Medium.With(attack.Parameters[0].Name, value),
                    FirstSeed + (((index * Places.Length) + step) * Trials) + trial).Attacks is [{ IsFound: true }]);
                return (value, (double)found / Trials);
            }).ToList();
            progress.WriteLine(
                $"{Interlocked.Increment(ref done)}/{attacks.Count} {attack.Name}: "
                + string.Join(' ', points.Select(point => $"{Text(point.value)}:{Text(point.Item2)}")));
            return new DetectionCurve(attack, points);
        }).ToList();
    }

    /// <summary>Writes <c>curves.md</c> and <c>curves.svg</c>.</summary>
    public static void Write(string folder, IReadOnlyList<DetectionCurve> curves)
    {
        Directory.CreateDirectory(folder);
        using (var page = new StreamWriter(Path.Combine(folder, "curves.md")) { NewLine = "\n" })
        {
            page.WriteLine("# Detection against intensity");
            page.WriteLine();
            page.WriteLine("Every attack that only statistical kinds can name: its first parameter is varied, all others as at medium intensity, and");
            page.WriteLine($"each value is tried with {Trials} seeds; found means found and named, as in [attacks.md](attacks.md), by the same baselines and in");
            page.WriteLine("as much time. Values in bold are those of low, medium and high intensity. Reproduce with");
            page.WriteLine();
            page.WriteLine("    dotnet run --project tests/OtGuard.Evaluation -c Release -- curves tests/results");
            page.WriteLine();
            page.WriteLine("![share found against intensity](curves.svg)");
            page.WriteLine();
            page.WriteLine("| attack | parameter | unit | value: share found |");
            page.WriteLine("|---|---|---|---|");
            foreach (var curve in curves)
            {
                var cells = curve.Points.Select(point =>
                    (IsNamed(curve.Parameter, point.Value) ? $"**{Text(point.Value)}**" : Text(point.Value)) + ": " + Text(point.Share));
                page.WriteLine($"| {curve.Event.Name} | {curve.Parameter.Name} | {curve.Parameter.Unit} | {string.Join(" · ", cells)} |");
            }
        }

        Plot(Path.Combine(folder, "curves.svg"), curves);
    }

    // What has a rule or a learned set behind it is found once it happens at all: a curve of it is a step.
    private static bool IsStatistical(IPlantedEvent planted) =>
        planted is { IsAttack: true, Parameters.Count: > 0 }
        && planted.ExpectedRows.All(row => DeviationCatalogue.Kinds.Where(kind => kind.Row == row).All(kind =>
            kind.Basis is DetectionBasis.Statistical or DetectionBasis.Policy))
        && planted.ExpectedRows.Any(row =>
            DeviationCatalogue.Kinds.Any(kind => kind.Row == row && kind.Basis == DetectionBasis.Statistical));

    private static double ValueAt(AttackParameter parameter, double place)
    {
        var (from, to, share) = place <= 1
            ? (parameter.Low, parameter.Medium, place)
            : (parameter.Medium, parameter.High, place - 1);
        var value = from > 0 && to > 0
            ? from * Math.Pow(to / from, share)
            : Math.Max(0, from + ((to - from) * share));
        var isCount = parameter.Unit.Length == 0 && parameter.Low >= 1;
        return isCount ? Math.Max(1, Math.Round(value)) : value;
    }

    private static bool IsNamed(AttackParameter parameter, double value) =>
        new[] { parameter.Low, parameter.Medium, parameter.High }.Any(named => Math.Abs(named - value) <= 1e-9 * Math.Abs(named));

    private static void Plot(string path, IReadOnlyList<DetectionCurve> curves)
    {
        const int across = 4, width = 220, height = 110, margin = 34;
        var rows = (curves.Count + across - 1) / across;
        using var svg = new StreamWriter(path) { NewLine = "\n" };
        svg.WriteLine($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{across * width}\" height=\"{(rows * height) + 30}\" font-family=\"sans-serif\" font-size=\"10\">");
        svg.WriteLine("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>");
        svg.WriteLine("<text x=\"8\" y=\"18\" font-size=\"12\" font-weight=\"bold\">Share of trials in which the attack was found and named, weaker to stronger; dots at low, medium and high</text>");
        for (var at = 0; at < curves.Count; at++)
        {
            var curve = curves[at];
            var (left, top) = ((at % across * width) + margin, 30 + (at / across * height) + 20);
            var (inner, tall) = (width - margin - 12, height - 52);
            double X(int point) => left + (curve.Points.Count == 1 ? 0 : (double)point / (curve.Points.Count - 1) * inner);
            double Y(double share) => top + ((1 - share) * tall);
            svg.WriteLine($"<text x=\"{left}\" y=\"{top - 6}\" font-weight=\"bold\">{Escaped(curve.Event.Name)}</text>");
            svg.WriteLine($"<path d=\"M{left} {top}V{top + tall}H{left + inner}\" fill=\"none\" stroke=\"#999\"/>");
            svg.WriteLine($"<text x=\"{left - 4}\" y=\"{top + 8}\" text-anchor=\"end\">1</text><text x=\"{left - 4}\" y=\"{top + tall}\" text-anchor=\"end\">0</text>");
            svg.WriteLine($"<polyline fill=\"none\" stroke=\"#1b6ca8\" stroke-width=\"1.5\" points=\"{string.Join(' ', curve.Points.Select((point, index) => $"{Text(X(index))},{Text(Y(point.Share))}"))}\"/>");
            for (var point = 0; point < curve.Points.Count; point++)
            {
                if (IsNamed(curve.Parameter, curve.Points[point].Value))
                    svg.WriteLine($"<circle cx=\"{Text(X(point))}\" cy=\"{Text(Y(curve.Points[point].Share))}\" r=\"2.5\" fill=\"#1b6ca8\"/>");
            }

            var unit = curve.Parameter.Unit.Length == 0 ? "" : " " + curve.Parameter.Unit;
            svg.WriteLine($"<text x=\"{left}\" y=\"{top + tall + 12}\">{Escaped($"{curve.Parameter.Name}: {Text(curve.Points[0].Value)} to {Text(curve.Points[^1].Value)}{unit}")}</text>");
        }

        svg.WriteLine("</svg>");
    }

    private static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => SecurityElement.Escape(text);
}
