using System.Globalization;

namespace OtGuard.Evaluation;

/// <summary>The weakest strengths as a page.</summary>
internal static class WeakestTable
{
    public static void Write(string folder, IReadOnlyList<Weakest> found)
    {
        Directory.CreateDirectory(folder);
        using var page = new StreamWriter(Path.Combine(folder, "weakest.md")) { NewLine = "\n" };
        page.WriteLine("# How weak an attack may be and still be found");
        page.WriteLine();
        page.WriteLine("The first parameter of each attack is varied, by bisection, with all others as at medium intensity; found means found and");
        page.WriteLine("named, as in [attacks.md](attacks.md), by the same baselines, within an hour of the substation or nine minutes of a vehicle.");
        page.WriteLine("Exact to a factor of about 1.3. Reproduce with");
        page.WriteLine();
        page.WriteLine("    dotnet run --project tests/OtGuard.Evaluation -c Release -- weakest tests/results");
        page.WriteLine();
        page.WriteLine("| attack | parameter | weakest found | next weaker, missed |");
        page.WriteLine("|---|---|---|---|");
        foreach (var weakest in found)
        {
            string Value(double? value) => value is { } number
                ? $"{number.ToString("G3", CultureInfo.InvariantCulture)} {weakest.Parameter.Unit}".TrimEnd()
                : "";
            page.WriteLine(
                $"| {weakest.Event.Name} | {weakest.Parameter.Name} | {(weakest.Found is null ? "never found" : Value(weakest.Found))} "
                + $"| {(weakest.Found is not null && weakest.Missed is null ? "none tried" : Value(weakest.Missed))} |");
        }
    }
}
